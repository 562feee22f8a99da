#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "money/money.hpp"

#include <doctest/doctest.h>

using money::fraction;
using money::Money;

TEST_CASE("an amount reads as a price") {
  CHECK(text(Money::of_cents(0)) == "€0.00");
  CHECK(text(Money::of_cents(1290)) == "€12.90");
  CHECK(text(Money::of_cents(-5)) == "-€0.05");
}

TEST_CASE("amounts add up") {
  CHECK(Money::of_cents(250) * 3 + Money::of_cents(1) == Money::of_cents(751));
  CHECK(Money::of_cents(1) < Money::of_cents(2));
}

TEST_CASE("a fraction is rounded to the nearest cent, a half to the even one") {
  CHECK(fraction(Money::of_cents(100), 1, 3).cents() == 33);
  CHECK(fraction(Money::of_cents(200), 1, 3).cents() == 67);
  CHECK(fraction(Money::of_cents(5), 1, 2).cents() == 2);
  CHECK(fraction(Money::of_cents(7), 1, 2).cents() == 4);
  CHECK(fraction(Money::of_cents(-5), 1, 2).cents() == -2);
  CHECK(fraction(Money::of_cents(-200), 1, 3).cents() == -67);
}
