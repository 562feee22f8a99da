// Search finds products by their words.

#include <algorithm>
#include <exception>
#include <iostream>

#include "catalog.hpp"
#include "shophttp/client.hpp"
#include "shophttp/env.hpp"
#include "shophttp/server.hpp"

namespace {

nlohmann::json as_json(const std::vector<Hit>& hits, std::size_t limit) {
  auto list = nlohmann::json::array();
  for (std::size_t i = 0; i < std::min(limit, hits.size()); ++i) {
    list.push_back({{"sku", hits[i].sku}, {"name", hits[i].name}, {"score", hits[i].score}});
  }
  return list;
}

void search(Catalog& catalog, const shophttp::Request& request, const shophttp::Reply& reply) {
  const auto query = request.param("q");
  if (query.empty()) throw shophttp::HttpError{400, "q must contain a search term"};
  const auto limit = static_cast<std::size_t>(request.int_param("limit", 10, 1, 50));

  catalog.with_index(request, [=](const Index* index, const std::string& error) {
    if (index == nullptr) return reply(shophttp::HttpError{502, error}.response());
    const auto hits = index->search(query);
    reply(shophttp::json({
        {"query", query},
        {"searched", index->size()},
        {"total", hits.size()},
        {"hits", as_json(hits, limit)},
    }));
  });
}

}  // namespace

int main() try {
  shophttp::Loop loop;
  shophttp::Client client{loop};
  Catalog catalog{client, shophttp::env("CATALOG_URL", "http://catalog:8080")};

  shophttp::Server server{loop, "search"};
  server.get("/search", [&](const shophttp::Request& request, const shophttp::Reply& reply) {
    search(catalog, request, reply);
  });
  server.run();
} catch (const std::exception& error) {
  std::cerr << "search: " << error.what() << '\n';
  return 1;
}
