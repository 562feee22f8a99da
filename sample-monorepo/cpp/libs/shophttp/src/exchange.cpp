#include "exchange.hpp"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <iomanip>
#include <iostream>
#include <utility>

#include "wire.hpp"

namespace shophttp {
namespace {

std::string read_body(evhttp_request* raw) {
  evbuffer* buffer = evhttp_request_get_input_buffer(raw);
  std::string body(evbuffer_get_length(buffer), '\0');
  evbuffer_remove(buffer, body.data(), body.size());
  return body;
}

std::map<std::string, std::string> read_query(const char* text) {
  std::map<std::string, std::string> query;
  evkeyvalq pairs{};
  if (text != nullptr && evhttp_parse_query_str(text, &pairs) == 0) {
    for (const evkeyval* pair = pairs.tqh_first; pair != nullptr; pair = pair->next.tqe_next) {
      query.emplace(pair->key, pair->value);
    }
  }
  evhttp_clear_headers(&pairs);
  return query;
}

Request read(evhttp_request* raw) {
  const evhttp_uri* uri = evhttp_request_get_evhttp_uri(raw);
  const char* id = evhttp_find_header(evhttp_request_get_input_headers(raw), request_id_header);
  return {
      .path = evhttp_uri_get_path(uri),
      .query = read_query(evhttp_uri_get_query(uri)),
      .body = read_body(raw),
      .id = id != nullptr ? id : "",
  };
}

}  // namespace

Exchange::Exchange(std::string service, evhttp_request* raw)
    : service_{std::move(service)}, raw_{raw}, request_{read(raw)} {}

Exchange::~Exchange() {
  if (raw_ != nullptr) respond(HttpError{500, "internal error"}.response());
}

void Exchange::respond(const Response& response) {
  evhttp_request* raw = std::exchange(raw_, nullptr);
  if (raw == nullptr) return;

  log(raw, response.status);
  evhttp_add_header(evhttp_request_get_output_headers(raw), "Content-Type", response.type.c_str());
  evbuffer_add(evhttp_request_get_output_buffer(raw), response.body.data(), response.body.size());
  // Frees the request, even if its client has disconnected.
  evhttp_send_reply(raw, response.status, nullptr, nullptr);
}

void Exchange::log(evhttp_request* raw, int status) const {
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - started_;
  std::clog << service_ << ": " << method_name(evhttp_request_get_command(raw)) << ' '
            << std::quoted(evhttp_request_get_uri(raw)) << ' ' << status << ' ' << std::fixed
            << std::setprecision(3) << elapsed.count() << "ms "
            << std::quoted(request_.id.empty() ? "-" : request_.id) << std::endl;
}

}  // namespace shophttp
