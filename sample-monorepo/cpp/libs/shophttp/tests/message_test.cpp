#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "shophttp/message.hpp"

#include <doctest/doctest.h>

using shophttp::HttpError;
using shophttp::Request;

TEST_CASE("an empty parameter counts as missing") {
  const Request request{.query = {{"q", ""}, {"country", "DE"}}};
  CHECK(request.param("q", "tea") == "tea");
  CHECK(request.param("country") == "DE");
}

TEST_CASE("a number must be an integer in range") {
  const auto limit = [](const std::string& text) {
    return Request{.query = {{"limit", text}}}.int_param("limit", 10, 1, 50);
  };
  CHECK(limit("50") == 50);
  CHECK(limit("") == 10);
  for (const auto* text : {"0", "51", "-1", "5x", "1.5", " 5", "99999999999"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(limit(text), HttpError);
  }
}

TEST_CASE("an error is reported as JSON") {
  const auto response = HttpError{404, "no \"x\""}.response();
  CHECK(response.status == 404);
  CHECK(response.type == "application/json");
  CHECK(response.body == "{\"error\":\"no \\\"x\\\"\"}\n");
}

TEST_CASE("invalid UTF-8 does not break a response") {
  CHECK(shophttp::json({{"q", "\xff"}}).status == 200);
}
