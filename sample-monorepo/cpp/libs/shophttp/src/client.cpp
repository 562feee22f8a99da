#include "shophttp/client.hpp"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <utility>

#include "wire.hpp"

namespace shophttp {
namespace {

constexpr timeval limit{.tv_sec = 1, .tv_usec = 500'000};
constexpr int max_body_bytes = 4 << 20;
constexpr int default_port = 80;

using Connection = std::unique_ptr<evhttp_connection, decltype(&evhttp_connection_free)>;
using Uri = std::unique_ptr<evhttp_uri, decltype(&evhttp_uri_free)>;

// A request in flight, on its own connection.
struct Call {
  std::string url;
  std::function<void(const Result&)> done;
  Connection connection{nullptr, evhttp_connection_free};

  void finish(const Result& result) const {
    // No exception may reach libevent, which is C and has nothing to catch it.
    try {
      done(result);
    } catch (const std::exception& error) {
      std::clog << "after requesting " << url << ": " << error.what() << std::endl;
    }
  }

  void fail(const std::string& why) const { finish({.error = url + ": " + why}); }
};

std::string path_and_query(const evhttp_uri* uri) {
  std::string path = evhttp_uri_get_path(uri);
  if (path.empty()) path = "/";
  const char* query = evhttp_uri_get_query(uri);
  return query != nullptr ? path + "?" + query : path;
}

Result read(evhttp_request* raw, const std::string& url) {
  // libevent passes no request or no status if there was no response.
  const int status = raw != nullptr ? evhttp_request_get_response_code(raw) : 0;
  if (status == 0) return {.error = url + " did not respond"};
  if (status != 200) {
    return {.status = status, .error = url + " returned " + std::to_string(status)};
  }
  evbuffer* buffer = evhttp_request_get_input_buffer(raw);
  std::string body(evbuffer_get_length(buffer), '\0');
  evbuffer_remove(buffer, body.data(), body.size());
  auto data = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (data.is_discarded()) return {.status = status, .error = url + " sent no JSON"};
  return {.status = status, .data = std::move(data)};
}

void free_call(evutil_socket_t, short, void* call) { delete static_cast<Call*>(call); }

void finished(evhttp_request* raw, void* argument) {
  auto* call = static_cast<Call*>(argument);
  call->finish(read(raw, call->url));
  // libevent still uses the connection, so it is freed in the loop's next
  // iteration.
  event_base_once(
      evhttp_connection_get_base(call->connection.get()), -1, EV_TIMEOUT, free_call, call, nullptr);
}

}  // namespace

void Client::get_json(const std::string& url, const Request& on_behalf_of,
                      std::function<void(const Result&)> done) {
  auto call = std::make_unique<Call>(url, std::move(done));
  const Uri uri{evhttp_uri_parse(url.c_str()), evhttp_uri_free};
  const char* host = uri ? evhttp_uri_get_host(uri.get()) : nullptr;
  if (host == nullptr) return call->fail("not a URL");

  const int given = evhttp_uri_get_port(uri.get());
  const auto port = static_cast<std::uint16_t>(given > 0 ? given : default_port);
  call->connection.reset(evhttp_connection_base_new(loop_.base(), loop_.dns(), host, port));
  evhttp_connection* connection = call->connection.get();
  evhttp_connection_set_timeout_tv(connection, &limit);
  evhttp_connection_set_max_body_size(connection, max_body_bytes);

  // From here on libevent owns the call, and passes it to finished().
  evhttp_request* request = evhttp_request_new(finished, call.release());
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  evhttp_add_header(headers, "Host", (host + (":" + std::to_string(port))).c_str());
  evhttp_add_header(headers, "Connection", "close");
  if (!on_behalf_of.id.empty()) {
    evhttp_add_header(headers, request_id_header, on_behalf_of.id.c_str());
  }
  evhttp_make_request(connection, request, EVHTTP_REQ_GET, path_and_query(uri.get()).c_str());
}

}  // namespace shophttp
