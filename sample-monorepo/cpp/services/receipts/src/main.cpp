// Receipts writes the receipt for an order, shipping included.

#include <exception>
#include <iostream>

#include "order.hpp"
#include "receipt.hpp"
#include "shophttp/client.hpp"
#include "shophttp/env.hpp"
#include "shophttp/server.hpp"

namespace {

Shipment shipment_from(const nlohmann::json& quote) {
  return {
      .zone = quote.at("zone").get<std::string>(),
      .price = money::Money::of_cents(quote.at("cents").get<std::int64_t>()),
      .days = quote.at("days").get<int>(),
  };
}

// The client can fix what shipping rejects; all other errors are ours.
shophttp::Response no_quote(const shophttp::Result& result) {
  constexpr int refused = 422;
  return result.status == refused
             ? shophttp::HttpError{refused, "the order cannot be shipped"}.response()
             : shophttp::HttpError{502, result.error}.response();
}

class Receipts {
 public:
  Receipts(shophttp::Client& client, std::string shipping, ReceiptTemplate layout)
      : client_{client}, shipping_{std::move(shipping)}, layout_{std::move(layout)} {}

  void write(const shophttp::Request& request, const shophttp::Reply& reply) {
    const auto order = parse_order(request.body);
    const auto url =
        shipping_ + "/quote?country=" + order.country + "&grams=" + std::to_string(order.grams());
    client_.get_json(url, request, [=, this](const shophttp::Result& result) {
      if (!result.ok()) return reply(no_quote(result));
      reply({.body = layout_.render(order, shipment_from(result.data))});
    });
  }

 private:
  shophttp::Client& client_;
  std::string shipping_;
  ReceiptTemplate layout_;
};

}  // namespace

int main() try {
  shophttp::Loop loop;
  shophttp::Client client{loop};
  Receipts receipts{client,
                    shophttp::env("SHIPPING_URL", "http://shipping:8080"),
                    ReceiptTemplate::load(shophttp::env("RECEIPT_FILE", "templates/receipt.txt"))};

  shophttp::Server server{loop, "receipts"};
  server.post("/receipts", [&](const shophttp::Request& request, const shophttp::Reply& reply) {
    receipts.write(request, reply);
  });
  server.run();
} catch (const std::exception& error) {
  std::cerr << "receipts: " << error.what() << '\n';
  return 1;
}
