// The price of a parcel by destination and weight.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "money/money.hpp"

struct Quote {
  std::string zone;
  money::Money price;
  int days;
};

class Rates {
 public:
  // Throws std::runtime_error with the path if the file cannot be used.
  static Rates load(const std::string& path);

  explicit Rates(const nlohmann::json& zones);

  // The price of a parcel to a country (ISO 3166, two capitals); nothing if it
  // is too heavy for every zone.
  std::optional<Quote> quote(const std::string& country, int grams) const;

 private:
  struct Bracket {
    int up_to_grams;
    money::Money price;
  };
  struct Zone {
    std::string name;
    std::vector<std::string> countries;  // "*" is any other
    int days;
    std::vector<Bracket> brackets;  // lightest first
  };

  const Zone* zone_of(const std::string& country) const;

  std::vector<Zone> zones_;
};
