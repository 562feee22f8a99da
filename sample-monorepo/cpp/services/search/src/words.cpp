#include "words.hpp"

#include <utility>

namespace {

bool is_letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string stem(std::string word) {
  const bool is_plural = word.size() > 3 && word.ends_with('s') && !word.ends_with("ss");
  if (is_plural) word.pop_back();
  return word;
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) found.push_back(stem(std::exchange(word, {})));
  };
  for (const char c : text) {
    if (const char letter = lower(c); is_letter(static_cast<unsigned char>(letter))) {
      word += letter;
    } else {
      finish();
    }
  }
  finish();
  return found;
}
