#include "shophttp/message.hpp"

#include <charconv>

namespace shophttp {

std::string Request::param(const std::string& name, const std::string& fallback) const {
  const auto found = query.find(name);
  return found == query.end() || found->second.empty() ? fallback : found->second;
}

int Request::int_param(const std::string& name, int fallback, int min, int max) const {
  const std::string text = param(name, std::to_string(fallback));
  int number = 0;
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end || number < min || number > max) {
    throw HttpError{400,
                    name + " must be an integer from " + std::to_string(min) + " to " +
                        std::to_string(max)};
  }
  return number;
}

Response json(const nlohmann::json& body, int status) {
  // Responses repeat text that users typed, which may not be valid UTF-8;
  // that must not fail.
  constexpr auto lenient = nlohmann::json::error_handler_t::replace;
  return {status, body.dump(-1, ' ', false, lenient) + "\n", "application/json"};
}

}  // namespace shophttp
