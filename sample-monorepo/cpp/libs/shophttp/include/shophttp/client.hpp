// Asking other services for JSON, without blocking the loop.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "shophttp/loop.hpp"
#include "shophttp/message.hpp"

namespace shophttp {

// What came of asking: the data, or why there is none.
struct Answer {
  int status = 0;  // 0: no response at all
  nlohmann::json data = {};
  std::string error = {};

  bool ok() const { return error.empty(); }
};

class Client {
 public:
  explicit Client(Loop& loop) : loop_{loop} {}

  // Asks for http://host[:port]/path and calls done once, mostly later. The
  // id of the request it is for goes with it. An exception in done is logged.
  void get_json(const std::string& url, const Request& on_behalf_of,
                std::function<void(const Answer&)> done);

 private:
  Loop& loop_;
};

}  // namespace shophttp
