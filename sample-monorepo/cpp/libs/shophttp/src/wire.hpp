// Names and status codes of HTTP.
#pragma once

#include <event2/http.h>

namespace shophttp {

inline constexpr const char* request_id_header = "X-Request-ID";

constexpr const char* method_name(evhttp_cmd_type method) {
  switch (method) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    default:
      return "OTHER";
  }
}

}  // namespace shophttp
