// A receipt as text, from a template that can be changed without a build.
#pragma once

#include <string>

#include "money/money.hpp"
#include "order.hpp"

struct Shipment {
  std::string zone;
  money::Money price;
  int days;
};

class ReceiptTemplate {
 public:
  // Throws std::runtime_error with the path if the file cannot be used.
  static ReceiptTemplate load(const std::string& path);

  // Text with {order}, {lines}, {goods}, {zone}, {shipping}, {total}, {vat}
  // and {days}; throws fmt::format_error on any other name in braces.
  explicit ReceiptTemplate(std::string text);

  std::string render(const Order& order, const Shipment& shipment) const;

 private:
  std::string text_;
};
