#pragma once

#include <string>

namespace shophttp {

// The value of an environment variable, or fallback if it is unset or empty.
std::string env(const char* name, const std::string& fallback);

}  // namespace shophttp
