#pragma once

#include <chrono>
#include <string>

#include "shophttp/message.hpp"

struct evhttp_request;

namespace shophttp {

// A request that is waiting for its response.
class Exchange {
 public:
  Exchange(std::string service, evhttp_request* raw);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  const Request& request() const { return request_; }
  void respond(const Response& response);

 private:
  using Clock = std::chrono::steady_clock;

  void log(evhttp_request* raw, int status) const;

  std::string service_;
  evhttp_request* raw_;  // null after the response: libevent owns it again
  Request request_;
  Clock::time_point started_ = Clock::now();
};

}  // namespace shophttp
