// An order as clients send it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "money/money.hpp"

struct Line {
  std::string name;
  std::int64_t quantity;
  money::Money unit_price;
  std::int64_t grams;  // of one
};

struct Order {
  std::string number;
  std::string country;
  std::vector<Line> lines;

  money::Money goods() const;
  std::int64_t grams() const;
};

// Throws HttpError 400 if text is not JSON or not an order that we can ship.
Order parse_order(const std::string& text);
