# ruff: noqa: E501 - lines of projects stay as they are
"""Files that scripts of any language read."""

from __future__ import annotations

import pytest

from msbuild.plugin.testing import TextSources
from tests.plugins.cpp.shop import GEN, HERE, app, inputs_of, project

# A script in tools/, its text, and the files that it may list or read.
SCRIPTS: dict[str, tuple[str, str, str]] = {
    "python, a sibling directory": (
        "gen.py",
        (
            "import glob, os\nroot = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
            'rows = glob.glob(os.path.join(root, "schema", "*.json"))\n'
        ),
        "schema",
    ),
    "python, with pathlib": (
        "gen.py",
        "from pathlib import Path\nfor f in (Path(__file__).parent / '..' / 'schema').iterdir(): pass\n",
        "schema",
    ),
    "python, a pattern": (
        "gen.py",
        "import glob\nfrom pathlib import Path\nglob.glob(f'{Path(__file__).parents[1]}/schema/*.json')\n",
        "patterns",
    ),
    "python, a directory known only at run time": (
        "gen.py",
        "import os\nhere = os.path.dirname(os.path.dirname(__file__))\nfor x in os.walk(here): pass\n",
        "all",
    ),
    "shell": (
        "gen.sh",
        '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\nfor f in "$here"/../schema/*.json; do cat "$f"; done\n',
        "patterns",
    ),
    "shell, a directory": ("gen.sh", 'cd "$(dirname "$0")/.."\nls schema | wc -l\n', "schema"),
    "shell, a helper": ("gen.sh", '. "$(dirname "$0")/../lib/helper.sh"\n', "helper"),
    "shell without a suffix": (
        "gen",
        '#!/bin/sh\nfind "${0%/*}/../schema" -name "*.json"\n',
        "schema",
    ),
    "perl": (
        "gen.pl",
        'use FindBin;\nopendir(my $d, "$FindBin::Bin/../schema"); my @f = readdir $d;\n',
        "schema",
    ),
    "ruby": ("gen.rb", 'Dir.glob(File.join(__dir__, "..", "schema", "*.json"))\n', "schema"),
    "javascript": (
        "gen.js",
        "const fs = require('fs');\nfs.readdirSync(path.join(__dirname, '..', 'schema'));\n",
        "schema",
    ),
    "javascript, a module": ("gen.js", "const x = require('../lib/util');\n", "util"),
    "cmake": ("gen.cmake", "file(GLOB F ${CMAKE_CURRENT_LIST_DIR}/../schema/*.json)\n", "patterns"),
}
TREE = {
    "app/CMakeLists.txt": "",
    "schema/a.json": "",
    "schema/b.json": "",
    "schema/README": "",
    "lib/helper.sh": 'cat "$(dirname "$0")/../schema/a.json"\n',
    "lib/util.js": "require('../schema/b.json')\n",
    "other/x.txt": "",
}
READ = {
    "schema": {"schema/a.json", "schema/b.json", "schema/README"},
    "patterns": {"schema/a.json", "schema/b.json"},
    # a helper may list its own directory, too
    "helper": {"lib/helper.sh", "lib/util.js", "schema/a.json"},
    "util": {"lib/util.js", "lib/helper.sh", "schema/b.json"},
    "all": {*TREE},
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_directories_that_a_generator_may_list_are_inputs(kind: str) -> None:
    name, text, wanted = SCRIPTS[kind]
    commands = f"""project(top)
add_custom_command(OUTPUT gen.h COMMAND run ${{CMAKE_SOURCE_DIR}}/tools/{name} out.h)
add_custom_target(gen DEPENDS gen.h)
add_subdirectory(app)
"""
    own = "add_executable(app main.cpp)\nadd_dependencies(app gen)"
    files = {**TREE, "CMakeLists.txt": commands, f"tools/{name}": text, "app/main.cpp": ""}
    inputs = inputs_of(app(), TextSources({**files, "app/CMakeLists.txt": own}))
    always = {"CMakeLists.txt", "app/CMakeLists.txt", "app/main.cpp", f"tools/{name}"}
    assert {*inputs.files} - always == READ[wanted] - always
    if wanted in ("schema", "all"):
        assert "schema" in inputs.widened or "." in inputs.widened


def test_a_changelog_in_the_arguments_of_a_generator_is_not_a_list_of_files() -> None:
    found = project(
        GEN % f"python3 {HERE}/version.py {HERE}/CHANGES ${{CMAKE_CURRENT_BINARY_DIR}}/gen.h",
        {
            "app/version.py": "import sys\nopen(sys.argv[2], 'w').write(open(sys.argv[1]).read())\n",
            "app/CHANGES": "Bazel: rules.gn includes sources.list\n",
            "app/rules.gn": "",
            "app/sources.list": "",
        },
    )
    assert "app/CHANGES" in found.files
    assert not {"app/rules.gn", "app/sources.list"} & found.files.keys()
