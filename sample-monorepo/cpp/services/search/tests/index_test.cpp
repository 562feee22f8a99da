#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "index.hpp"

#include <doctest/doctest.h>

#include "words.hpp"

namespace {

const Index shelf{{
    {"A", "Sencha", "Sencha green tea, grassy and fresh, loose, a very fine tea for every day"},
    {"B", "Teapot", "Teapot for tea"},
    {"C", "Beans", "Roast coffee beans"},
}};

std::vector<std::string> found(const std::string& query) {
  std::vector<std::string> skus;
  for (const auto& hit : shelf.search(query)) skus.push_back(hit.sku);
  return skus;
}

}  // namespace

TEST_CASE("words are lower case and singular") {
  CHECK(words("Glass Teapots, 300 ml!") ==
        std::vector<std::string>{"glass", "teapot", "300", "ml"});
  CHECK(words("Tee für zwei") == std::vector<std::string>{"tee", "für", "zwei"});
  CHECK(words(" .,- ").empty());
}

TEST_CASE("a word finds the documents that contain it, highest frequency first") {
  CHECK(found("tea") == std::vector<std::string>{"B", "A"});
  CHECK(found("BEAN") == std::vector<std::string>{"C"});
  CHECK(found("chair").empty());
}

TEST_CASE("a rare word weighs more than a common one") {
  CHECK(found("tea grassy") == std::vector<std::string>{"A", "B"});
}

TEST_CASE("an empty index finds nothing") { CHECK(Index{{}}.search("tea").empty()); }
