// Shipping calculates the price and the duration of sending a parcel.

#include <algorithm>
#include <exception>
#include <iostream>

#include "rates.hpp"
#include "shophttp/env.hpp"
#include "shophttp/server.hpp"

namespace {

constexpr int max_grams = 1'000'000;

std::string country_of(const shophttp::Request& request) {
  const auto country = request.param("country");
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (country.size() != 2 || !std::ranges::all_of(country, is_capital)) {
    throw shophttp::HttpError{400, "country must be two capitals, such as DE"};
  }
  return country;
}

shophttp::Response quote(const Rates& rates, const shophttp::Request& request) {
  const auto country = country_of(request);
  const auto grams = request.int_param("grams", 0, 1, max_grams);
  const auto quote = rates.quote(country, grams);
  if (!quote) throw shophttp::HttpError{422, "no parcel that heavy goes to " + country};
  return shophttp::json({
      {"country", country},
      {"zone", quote->zone},
      {"cents", quote->price.cents()},
      {"price", text(quote->price)},
      {"days", quote->days},
  });
}

}  // namespace

int main() try {
  const auto rates = Rates::load(shophttp::env("RATES_FILE", "data/rates.json"));
  shophttp::Loop loop;
  shophttp::Server server{loop, "shipping"};
  server.get("/quote", [&](const shophttp::Request& request) { return quote(rates, request); });
  server.run();
} catch (const std::exception& error) {
  std::cerr << "shipping: " << error.what() << '\n';
  return 1;
}
