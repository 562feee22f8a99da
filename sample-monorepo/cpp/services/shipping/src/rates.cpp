#include "rates.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

Rates Rates::load(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{"cannot open " + path};
  try {
    return Rates{nlohmann::json::parse(file)};
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error{path + ": " + error.what()};
  }
}

Rates::Rates(const nlohmann::json& zones) {
  for (const auto& zone : zones) {
    std::vector<Bracket> brackets;
    for (const auto& bracket : zone.at("brackets")) {
      brackets.push_back({bracket.at("up_to_grams").get<int>(),
                          money::Money::of_cents(bracket.at("cents").get<std::int64_t>())});
    }
    std::ranges::sort(brackets, {}, &Bracket::up_to_grams);
    zones_.push_back({zone.at("zone").get<std::string>(),
                      zone.at("countries").get<std::vector<std::string>>(),
                      zone.at("days").get<int>(),
                      std::move(brackets)});
  }
}

std::optional<Quote> Rates::quote(const std::string& country, int grams) const {
  const Zone* zone = zone_of(country);
  if (zone == nullptr) return std::nullopt;
  const auto bracket =
      std::ranges::find_if(zone->brackets, [=](const auto& b) { return grams <= b.up_to_grams; });
  if (bracket == zone->brackets.end()) return std::nullopt;
  return Quote{zone->name, bracket->price, zone->days};
}

const Rates::Zone* Rates::zone_of(const std::string& country) const {
  for (const std::string& name : {country, std::string{"*"}}) {
    for (const auto& zone : zones_) {
      if (std::ranges::find(zone.countries, name) != zone.countries.end()) return &zone;
    }
  }
  return nullptr;
}
