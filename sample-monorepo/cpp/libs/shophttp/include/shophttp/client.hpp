// Fetches JSON from other services, without blocking the loop.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "shophttp/loop.hpp"
#include "shophttp/message.hpp"

namespace shophttp {

// The result of a request: the data, or an error.
struct Result {
  int status = 0;  // 0: no response at all
  nlohmann::json data = {};
  std::string error = {};

  bool ok() const { return error.empty(); }
};

class Client {
 public:
  explicit Client(Loop& loop) : loop_{loop} {}

  // Requests http://host[:port]/path and calls done once, usually later. The
  // ID of the original request is passed on. An exception in done is logged.
  void get_json(const std::string& url, const Request& on_behalf_of,
                std::function<void(const Result&)> done);

 private:
  Loop& loop_;
};

}  // namespace shophttp
