// Requests and responses as the services see them.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace shophttp {

struct Request {
  std::string path = {};
  std::map<std::string, std::string> query = {};
  std::string body = {};
  std::string id = {};  // the same in all log lines of one visit; empty if there is none

  // A query parameter, or fallback if it is missing or empty.
  std::string param(const std::string& name, const std::string& fallback = "") const;

  // An integer from min to max; throws HttpError 400 on anything else.
  int int_param(const std::string& name, int fallback, int min, int max) const;
};

struct Response {
  int status = 200;
  std::string body = {};
  std::string type = "text/plain; charset=utf-8";
};

Response json(const nlohmann::json& body, int status = 200);

// Thrown by a handler, it becomes {"error": what()} with that status.
class HttpError : public std::runtime_error {
 public:
  HttpError(int status, const std::string& message)
      : std::runtime_error{message}, status_{status} {}

  int status() const { return status_; }
  Response response() const { return json({{"error", what()}}, status_); }

 private:
  int status_;
};

}  // namespace shophttp
