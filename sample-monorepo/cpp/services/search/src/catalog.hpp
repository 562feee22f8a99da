// Maintains an index of the products in catalog.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "index.hpp"
#include "shophttp/client.hpp"

class Catalog {
 public:
  // Receives the index, or null and the error.
  using Use = std::function<void(const Index*, const std::string& error)>;

  Catalog(shophttp::Client& client, std::string url) : client_{client}, url_{std::move(url)} {}

  // Calls use with an index that is at most a minute old. If catalog does not
  // respond, an older one is better than none.
  void with_index(const shophttp::Request& on_behalf_of, Use use);

 private:
  using Clock = std::chrono::steady_clock;
  struct Load;

  bool is_fresh() const;
  void load_page(const std::shared_ptr<Load>& load);
  void finish(const Load& load, const std::string& error);

  shophttp::Client& client_;
  std::string url_;
  std::unique_ptr<Index> index_;
  Clock::time_point loaded_;
};
