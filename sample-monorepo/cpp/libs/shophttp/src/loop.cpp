#include "shophttp/loop.hpp"

#include <event2/dns.h>
#include <event2/event.h>

#include <csignal>
#include <stdexcept>

namespace shophttp {

Loop::Loop()
    : base_{event_base_new()},
      dns_{evdns_base_new(base_.get(), EVDNS_BASE_INITIALIZE_NAMESERVERS)} {
  if (!base_ || !dns_) throw std::runtime_error{"cannot set up the event loop"};

  evdns_base_set_option(dns(), "timeout:", "1");
  evdns_base_set_option(dns(), "attempts:", "2");
  // A lost peer is an error of its connection, not of the service.
  std::signal(SIGPIPE, SIG_IGN);
}

void Loop::run() { event_base_dispatch(base()); }

void Loop::Free::operator()(event_base* base) const { event_base_free(base); }
void Loop::Free::operator()(evdns_base* dns) const { evdns_base_free(dns, 0); }

}  // namespace shophttp
