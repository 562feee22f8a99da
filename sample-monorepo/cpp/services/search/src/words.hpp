#pragma once

#include <string>
#include <string_view>
#include <vector>

// The words of a text in the form they are indexed by: lower case, without a
// plural s. Bytes beyond ASCII are letters, so UTF-8 is never split.
std::vector<std::string> words(std::string_view text);
