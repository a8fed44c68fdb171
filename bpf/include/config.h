/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef LODESTONE_CONFIG_H
#define LODESTONE_CONFIG_H

#include "lodestone.h"

/* Never NULL: the map has one element. The verifier wants it checked all the same. */
static __always_inline struct config *get_config(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

#endif
