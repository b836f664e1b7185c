"""Who we trade with: profiles, identifiers, agreements and crosswalks. No I/O but reading a profile file."""
