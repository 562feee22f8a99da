// Keeps an index of what catalog sells.
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
  // Gets the index, or null and why there is none.
  using Use = std::function<void(const Index*, const std::string& error)>;

  Catalog(shophttp::Client& client, std::string url) : client_{client}, url_{std::move(url)} {}

  // Calls use with an index that is a minute old at most. If catalog does not
  // answer, an older one is better than none.
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
