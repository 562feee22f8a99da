#include "receipt.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace {

constexpr std::int64_t vat_percent = 19;

// Prices include the tax: 19 of 119.
money::Money vat_in(money::Money total) {
  return money::fraction(total, vat_percent, 100 + vat_percent);
}

std::string lines_of(const Order& order) {
  std::string text;
  for (const auto& line : order.lines) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{:>3} x {:<23.23} {:>12}",
                        line.quantity,
                        line.name,
                        money::text(line.unit_price * line.quantity));
  }
  return text;
}

}  // namespace

ReceiptTemplate ReceiptTemplate::load(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{"cannot open " + path};
  try {
    return ReceiptTemplate{{std::istreambuf_iterator<char>{file}, {}}};
  } catch (const fmt::format_error& error) {
    throw std::runtime_error{path + ": " + error.what()};
  }
}

ReceiptTemplate::ReceiptTemplate(std::string text) : text_{std::move(text)} {
  // A mistake in the template must fail at startup, not at the first sale.
  render({}, {});
}

std::string ReceiptTemplate::render(const Order& order, const Shipment& shipment) const {
  const auto total = order.goods() + shipment.price;
  return fmt::format(fmt::runtime(text_),
                     fmt::arg("order", order.number),
                     fmt::arg("lines", lines_of(order)),
                     fmt::arg("goods", money::text(order.goods())),
                     fmt::arg("zone", shipment.zone),
                     fmt::arg("shipping", money::text(shipment.price)),
                     fmt::arg("total", money::text(total)),
                     fmt::arg("vat", money::text(vat_in(total))),
                     fmt::arg("days", shipment.days));
}
