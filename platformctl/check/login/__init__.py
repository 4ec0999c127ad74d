"""The login chain: what can break between a browser, the gateway, the proxy and the identity provider."""
