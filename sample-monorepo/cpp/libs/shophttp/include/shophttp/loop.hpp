// The event loop that a service's server and clients share. One thread runs
// it, so handlers must not block.
#pragma once

#include <memory>

struct event_base;
struct evdns_base;

namespace shophttp {

class Loop {
 public:
  Loop();

  // Runs until something ends the loop.
  void run();

  event_base* base() const { return base_.get(); }

  // Resolves host names by /etc/resolv.conf without the C library's resolver,
  // which a static binary would have to load plug-ins for.
  evdns_base* dns() const { return dns_.get(); }

 private:
  struct Free {
    void operator()(event_base* base) const;
    void operator()(evdns_base* dns) const;
  };

  std::unique_ptr<event_base, Free> base_;
  std::unique_ptr<evdns_base, Free> dns_;
};

}  // namespace shophttp
