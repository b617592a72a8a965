"""What a declared licence is, and what it says about three uses. Terms as declared, not legal advice."""
