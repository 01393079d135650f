//! Ids, amounts, CAIP names, canonical bytes, digests and the governed documents.
