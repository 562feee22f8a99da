// An HTTP server with exact paths, health checks, request logs and a graceful shutdown.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "shophttp/loop.hpp"
#include "shophttp/message.hpp"

struct event;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_request;

namespace shophttp {

class Exchange;

// Responds to one request, at once or from a later callback. Only the first call
// counts; if all replies to a request are dropped, the response is 500.
class Reply {
 public:
  explicit Reply(std::shared_ptr<Exchange> exchange) : exchange_{std::move(exchange)} {}

  void operator()(const Response& response) const;

 private:
  std::shared_ptr<Exchange> exchange_;
};

using Handler = std::function<Response(const Request&)>;
using AsyncHandler = std::function<void(const Request&, const Reply&)>;

class Server {
 public:
  Server(Loop& loop, std::string name);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  void get(const std::string& path, Handler handler);
  void get(const std::string& path, AsyncHandler handler);
  void post(const std::string& path, AsyncHandler handler);

  // Listens on $PORT and runs the loop until SIGTERM or SIGINT; throws if it
  // cannot listen.
  void run();

 private:
  void handle(evhttp_request* raw);
  void end();

  struct Free {
    void operator()(event* e) const;
    void operator()(evhttp* http) const;
  };
  using Signal = std::unique_ptr<event, Free>;
  Signal on_signal(int number);

  Loop& loop_;
  std::string name_;
  std::map<std::pair<std::string, int>, AsyncHandler> routes_;  // by path and method
  std::unique_ptr<evhttp, Free> http_;
  evhttp_bound_socket* socket_ = nullptr;
};

}  // namespace shophttp
