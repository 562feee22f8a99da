#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <stdexcept>

#include "order.hpp"
#include "receipt.hpp"
#include "shophttp/message.hpp"

namespace {

const Order order{"2024-17",
                  "DE",
                  {
                      {"Sencha", 2, money::Money::of_cents(980), 110},
                      {"Hand Grinder with a long name", 1, money::Money::of_cents(7900), 580},
                  }};
const Shipment shipment{"home", money::Money::of_cents(390), 2};

std::string rendered(const std::string& layout) {
  return ReceiptTemplate{layout}.render(order, shipment);
}

}  // namespace

TEST_CASE("sums take the quantity into account") {
  CHECK(order.goods().cents() == 9860);
  CHECK(order.grams() == 800);
}

TEST_CASE("a receipt adds shipping and shows the VAT in the total") {
  CHECK(rendered("{goods} {shipping} {total} {vat}") == "€98.60 €3.90 €102.50 €16.37");
}

TEST_CASE("a long name does not push the price out of its column") {
  CHECK(rendered("{lines}") ==
        "  2 x Sencha                        €19.60\n"
        "  1 x Hand Grinder with a lon       €79.00");
}

TEST_CASE("the shipped template can be used") {
  const auto receipt = ReceiptTemplate::load("templates/receipt.txt").render(order, shipment);
  CHECK(receipt.find("Order 2024-17") != std::string::npos);
  CHECK(receipt.find("arrive in 2 days") != std::string::npos);
}

TEST_CASE("a mistake in a template is reported immediately") {
  CHECK_THROWS(ReceiptTemplate{"{totl}"});
}

TEST_CASE("an order is parsed") {
  const auto read = parse_order(
      R"({"order": "1", "country": "FR",
          "lines": [{"name": "Mug", "quantity": 3, "unit_cents": 1650, "grams": 410}]})");
  CHECK(read.country == "FR");
  CHECK(read.goods().cents() == 4950);
}

TEST_CASE("an invalid order is rejected") {
  for (const auto* text : {
           "",
           "{}",
           R"({"order": "1", "country": "FR", "lines": []})",
           R"({"order": "1", "country": "F&", "lines": [{}]})",
           R"({"order": "1", "country": "FR", "lines": [{"name": "Mug", "quantity": 0}]})",
       }) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_order(text), shophttp::HttpError);
  }
}
