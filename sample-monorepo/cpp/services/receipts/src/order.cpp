#include "order.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shophttp/message.hpp"

namespace {

using shophttp::HttpError;

// Generous, and small enough that no sum overflows.
constexpr std::int64_t max_number = 1'000'000;
constexpr std::size_t max_lines = 1'000;

std::int64_t positive(const nlohmann::json& line, const char* key) {
  const auto number = line.at(key).get<std::int64_t>();
  if (number < 1 || number > max_number) {
    throw HttpError{400, std::string{key} + " must be from 1 to " + std::to_string(max_number)};
  }
  return number;
}

Line parse_line(const nlohmann::json& line) {
  return {
      .name = line.at("name").get<std::string>(),
      .quantity = positive(line, "quantity"),
      .unit_price = money::Money::of_cents(positive(line, "unit_cents")),
      .grams = positive(line, "grams"),
  };
}

// The country becomes part of a URL, so no other character may pass.
std::string parse_country(const nlohmann::json& order) {
  const auto country = order.at("country").get<std::string>();
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (country.size() != 2 || !std::ranges::all_of(country, is_capital)) {
    throw HttpError{400, "country must be two capitals, such as DE"};
  }
  return country;
}

}  // namespace

money::Money Order::goods() const {
  money::Money sum;
  for (const auto& line : lines) sum += line.unit_price * line.quantity;
  return sum;
}

std::int64_t Order::grams() const {
  std::int64_t sum = 0;
  for (const auto& line : lines) sum += line.grams * line.quantity;
  return sum;
}

Order parse_order(const std::string& text) try {
  const auto json = nlohmann::json::parse(text);
  Order order{json.at("order").get<std::string>(), parse_country(json), {}};
  for (const auto& line : json.at("lines")) order.lines.push_back(parse_line(line));
  if (order.lines.empty() || order.lines.size() > max_lines) {
    throw HttpError{400, "an order has 1 to " + std::to_string(max_lines) + " lines"};
  }
  return order;
} catch (const nlohmann::json::exception& error) {
  throw HttpError{400, error.what()};
}
