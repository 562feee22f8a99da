// An amount of euros, exact to the cent.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace money {

class Money {
 public:
  constexpr Money() = default;
  static constexpr Money of_cents(std::int64_t cents) { return Money{cents}; }

  constexpr std::int64_t cents() const { return cents_; }

  constexpr Money& operator+=(Money other) {
    cents_ += other.cents_;
    return *this;
  }
  friend constexpr Money operator+(Money a, Money b) { return a += b; }
  friend constexpr Money operator*(Money a, std::int64_t times) { return Money{a.cents_ * times}; }
  friend constexpr auto operator<=>(Money, Money) = default;

 private:
  explicit constexpr Money(std::int64_t cents) : cents_{cents} {}

  std::int64_t cents_ = 0;
};

// The amount formatted for people, such as "€12.90" or "-€0.05".
std::string text(Money amount);

// amount * numerator / denominator; half a cent is rounded to even, so that
// many roundings do not add up. The denominator is above zero.
Money fraction(Money amount, std::int64_t numerator, std::int64_t denominator);

}  // namespace money
