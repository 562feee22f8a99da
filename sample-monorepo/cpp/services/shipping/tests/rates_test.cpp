#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "rates.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace {

const Rates rates{nlohmann::json::parse(R"([
  {"zone": "world", "countries": ["*"], "days": 9, "brackets": [{"up_to_grams": 500, "cents": 900}]},
  {"zone": "home", "countries": ["DE"], "days": 2, "brackets": [
    {"up_to_grams": 5000, "cents": 590}, {"up_to_grams": 1000, "cents": 390}]}
])")};

std::int64_t cents(const std::string& country, int grams) {
  const auto quote = rates.quote(country, grams);
  return quote ? quote->price.cents() : -1;
}

}  // namespace

TEST_CASE("the lightest bracket for the weight of the parcel applies") {
  CHECK(cents("DE", 1) == 390);
  CHECK(cents("DE", 1000) == 390);
  CHECK(cents("DE", 1001) == 590);
  CHECK(cents("DE", 5001) == -1);
}

TEST_CASE("a country with its own zone is not in the rest of the world") {
  CHECK(rates.quote("DE", 100)->zone == "home");
  CHECK(rates.quote("NZ", 100)->zone == "world");
}

TEST_CASE("the shipped rates load") {
  CHECK(Rates::load("data/rates.json").quote("DE", 100).has_value());
}

TEST_CASE("an error names the unusable file") {
  CHECK_THROWS_WITH(Rates::load("nowhere.json"), "cannot open nowhere.json");
}
