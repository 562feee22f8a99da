#include "shophttp/server.hpp"

#include <event2/event.h>
#include <event2/http.h>

#include <csignal>
#include <cstdint>
#include <iostream>

#include "exchange.hpp"
#include "shophttp/env.hpp"

namespace shophttp {
namespace {

constexpr int max_body_bytes = 1 << 20;
constexpr int idle_seconds = 60;

// How long open requests may take during shutdown; container runtimes kill the
// process soon after.
constexpr timeval drain_time{.tv_sec = 0, .tv_usec = 500'000};

AsyncHandler at_once(Handler handler) {
  return [handler = std::move(handler)](const Request& request, const Reply& reply) {
    reply(handler(request));
  };
}

std::uint16_t port() {
  const std::string text = env("PORT", "8080");
  const int number = std::stoi(text);
  if (number < 1 || number > 65535) throw std::runtime_error{"PORT cannot be " + text};
  return static_cast<std::uint16_t>(number);
}

}  // namespace

void Reply::operator()(const Response& response) const { exchange_->respond(response); }

Server::Server(Loop& loop, std::string name)
    : loop_{loop}, name_{std::move(name)}, http_{evhttp_new(loop.base())} {
  evhttp_set_max_body_size(http_.get(), max_body_bytes);
  evhttp_set_timeout(http_.get(), idle_seconds);
  evhttp_set_gencb(
      http_.get(),
      [](evhttp_request* raw, void* self) { static_cast<Server*>(self)->handle(raw); },
      this);
  get("/healthz", [](const Request&) { return Response{.body = "ok"}; });
}

Server::~Server() = default;

void Server::get(const std::string& path, Handler handler) {
  get(path, at_once(std::move(handler)));
}

void Server::get(const std::string& path, AsyncHandler handler) {
  routes_[{path, EVHTTP_REQ_GET}] = std::move(handler);
}

void Server::post(const std::string& path, AsyncHandler handler) {
  routes_[{path, EVHTTP_REQ_POST}] = std::move(handler);
}

void Server::run() {
  socket_ = evhttp_bind_socket_with_handle(http_.get(), "0.0.0.0", port());
  if (socket_ == nullptr) throw std::runtime_error{"cannot listen on port " + env("PORT", "8080")};

  // Handled explicitly because PID 1 in a container ignores any signal without
  // a handler.
  const Signal terminate = on_signal(SIGTERM);
  const Signal interrupt = on_signal(SIGINT);
  std::clog << name_ << ": listening on port " << port() << std::endl;
  loop_.run();
}

Server::Signal Server::on_signal(int number) {
  Signal signal{evsignal_new(
      loop_.base(),
      number,
      [](evutil_socket_t, short, void* self) { static_cast<Server*>(self)->end(); },
      this)};
  evsignal_add(signal.get(), nullptr);
  return signal;
}

void Server::end() {
  if (socket_ == nullptr) return;
  evhttp_del_accept_socket(http_.get(), std::exchange(socket_, nullptr));
  event_base_loopexit(loop_.base(), &drain_time);
}

void Server::handle(evhttp_request* raw) {
  const auto exchange = std::make_shared<Exchange>(name_, raw);
  const Reply reply{exchange};
  // No exception may reach libevent, which is C and has nothing to catch it.
  try {
    const auto route = routes_.find({exchange->request().path, evhttp_request_get_command(raw)});
    if (route == routes_.end()) throw HttpError{404, "there is nothing here"};
    route->second(exchange->request(), reply);
  } catch (const HttpError& error) {
    reply(error.response());
  } catch (const std::exception& error) {
    std::clog << name_ << ": " << error.what() << std::endl;
    reply(HttpError{500, "internal error"}.response());
  }
}

void Server::Free::operator()(event* e) const { event_free(e); }
void Server::Free::operator()(evhttp* http) const { evhttp_free(http); }

}  // namespace shophttp
