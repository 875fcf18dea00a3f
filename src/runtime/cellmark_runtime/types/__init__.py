"""The nouns of a bundle: Signature, Manifest, frozen values. Data only; no pandas, no I/O."""
