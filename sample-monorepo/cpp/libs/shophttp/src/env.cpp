#include "shophttp/env.hpp"

#include <cstdlib>

namespace shophttp {

std::string env(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

}  // namespace shophttp
