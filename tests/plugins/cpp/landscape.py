"""A CMake project that uses most features that projects use."""

LANDSCAPE = {
    "CMakeLists.txt": """
cmake_minimum_required(VERSION 3.20)
project(landscape VERSION 1.2 LANGUAGES CXX)
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_SOURCE_DIR}/cmake)
include(Programs)
include(CTest)
option(WITH_EXTRAS "More" ON)
configure_file(config.hpp.in config.hpp)
file(READ version.txt version)
add_subdirectory(libs)
foreach(each app never)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${each}/CMakeLists.txt)
    add_subdirectory(${each})
  endif()
endforeach()
if(WITH_EXTRAS)
  add_subdirectory(extras)
endif()
install(TARGETS generic DESTINATION lib)
if(TARGET exotic)
  message(STATUS exotic)
endif()
add_custom_target(format COMMAND clang-format never/never.cpp SOURCES style.txt)
""",
    "cmake/Programs.cmake": """
function(program name)
  cmake_parse_arguments(ARG "" "FOLDER" "SOURCES;USES" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${ARG_FOLDER}/)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_USES})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${name}-bin
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
""",
    "cmake/Unused.cmake": "",
    "config.hpp.in": '#include "base/number.hpp"\n#define VERSION "@PROJECT_VERSION@"\n',
    "version.txt": "3",
    "style.txt": "",
    "libs/CMakeLists.txt": """
add_subdirectory(base)
add_subdirectory(generic)
add_subdirectory(exotic)
add_subdirectory(heavy)
add_subdirectory(unused)
set(NUMBERS ${NUMBERS} PARENT_SCOPE)
""",
    "libs/base/CMakeLists.txt": """
add_library(base OBJECT base.cpp)
target_include_directories(base PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/.. ${CMAKE_BINARY_DIR})
set(NUMBERS ${CMAKE_CURRENT_SOURCE_DIR}/more.cpp PARENT_SCOPE)
""",
    "libs/base/base.cpp": '#include "number.hpp"\n#include "config.hpp"\nint base = NUMBER;\n',
    "libs/base/number.hpp": "#pragma once\n#define NUMBER 40\n",
    "libs/base/more.cpp": "int more = 2;\n",
    "libs/generic/CMakeLists.txt": """
add_library(generic generic.cpp)
add_library(lands::generic ALIAS generic)
target_link_libraries(generic PUBLIC lands::heavy)
""",
    "libs/generic/generic.cpp": "int generic;\n",
    "libs/exotic/CMakeLists.txt": "add_library(exotic INTERFACE)\n",
    "libs/heavy/CMakeLists.txt": "add_library(heavy heavy.cpp)\n"
    "add_library(lands::heavy ALIAS heavy)\n",
    "libs/heavy/heavy.cpp": '#include "heavy.hpp"\n',
    "libs/heavy/heavy.hpp": "// make.py makes nothing that includes it",
    "libs/unused/CMakeLists.txt": "message(FATAL_ERROR unused)\n",
    "libs/unused/given.hpp": "inline int given = 0;\n",
    "extras/CMakeLists.txt": "message(FATAL_ERROR extras)\n",
    "never/CMakeLists.txt": "add_executable(never never.cpp)\n",
    "never/never.cpp": "",
    "app/CMakeLists.txt": """
find_package(Python3 COMPONENTS Interpreter REQUIRED)
add_custom_command(OUTPUT made.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/tools/make.py words.txt
    ${CMAKE_CURRENT_BINARY_DIR}/made.cpp
  DEPENDS words.txt tools/make.py WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
program(app FOLDER src SOURCES main.cpp part.cpp USES base)
target_sources(app PRIVATE made.cpp ${NUMBERS} src/later.cpp)
target_precompile_headers(app PRIVATE src/pch.hpp)
get_target_property(places base INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(app PRIVATE ${places} ../libs/unused)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_sources(app PRIVATE src/gnu.cpp)
else()
  target_sources(app PRIVATE src/other.cpp)
endif()
file(GLOB tools_sources tools/*.cpp)
add_executable(tool ${tools_sources} tools/tool.hpp)
target_link_libraries(tool PRIVATE lands::heavy)
if(BUILD_TESTING)
  add_subdirectory(tests)
endif()
""",
    "app/src/main.cpp": '#include <base/number.hpp>\n#include "part.hpp"\n#include <given.hpp>\n'
    "extern int base, more, made, gnu, later;\n"
    "int main() { return base + more + made + part + given + gnu + later + PCH - 42; }\n",
    "app/src/part.hpp": "extern int part;\n",
    "app/src/part.cpp": '#include "part.hpp"\nint part = 0;\n',
    "app/src/later.cpp": "int later = 0;\n",
    "app/src/gnu.cpp": "int gnu = 0;\n",
    "app/src/other.cpp": "int other = 0;\n",
    "app/src/pch.hpp": '#include "pch_more.hpp"\n',
    "app/src/pch_more.hpp": "#define PCH 0\n",
    "app/src/unused.hpp": "",
    "app/words.txt": "0",
    "app/tools/make.py": "import sys, helper\nhelper.write(*sys.argv[1:])\n",
    "app/tools/helper.py": "def write(words, out):\n"
    '    open(out, "w").write("int made = " + open(words).read() + ";")\n',
    "app/tools/tool.cpp": "int main() {}\n",
    "app/tools/tool.hpp": "",
    "app/tests/CMakeLists.txt": "message(FATAL_ERROR tests)\n",
}
