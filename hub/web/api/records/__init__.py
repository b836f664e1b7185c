"""What the API answers, as models: what is stored and meant to be told, and no more (no lease, no blob, no other
partner's row). The OpenAPI document is made of them."""
