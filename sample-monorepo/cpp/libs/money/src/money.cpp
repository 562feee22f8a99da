#include "money/money.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace money {

std::string text(Money amount) {
  const auto cents = std::abs(amount.cents());
  return fmt::format("{}€{}.{:02}", amount.cents() < 0 ? "-" : "", cents / 100, cents % 100);
}

Money fraction(Money amount, std::int64_t numerator, std::int64_t denominator) {
  const auto product = amount.cents() * numerator;
  auto quotient = product / denominator;
  const auto twice_rest = std::abs(product % denominator) * 2;
  const bool is_odd = quotient % 2 != 0;
  if (twice_rest > denominator || (twice_rest == denominator && is_odd)) {
    quotient += product < 0 ? -1 : 1;
  }
  return Money::of_cents(quotient);
}

}  // namespace money
