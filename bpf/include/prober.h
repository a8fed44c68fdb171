/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The addresses that health checks come from, the same on every machine: of the link, which no router
 * forwards (RFC 3927, 2.7; RFC 4291, 2.5.6), so that an answer to them is for this machine's agent or for
 * nobody.
 */
#ifndef LODESTONE_PROBER_H
#define LODESTONE_PROBER_H

#include "lodestone.h"

#define PROBE_IPV4	bpf_htonl(0xa9fe4c53)		       /* 169.254.76.83 */
#define PROBE_IPV6_HIGH bpf_cpu_to_be64(0xfe80000000000000ull) /* fe80::6c:6f64:6573:746f */
#define PROBE_IPV6_LOW	bpf_cpu_to_be64(0x006c6f646573746full)

static __always_inline bool is_probe_ipv6(const struct address *addr)
{
	return addr->halves[0] == PROBE_IPV6_HIGH && addr->halves[1] == PROBE_IPV6_LOW;
}

static __always_inline bool is_prober(const struct address *addr)
{
	struct address ipv4;

	address_from_ipv4(&ipv4, PROBE_IPV4);
	return is_probe_ipv6(addr) ||
	       (addr->halves[0] == ipv4.halves[0] && addr->halves[1] == ipv4.halves[1]);
}

#endif
