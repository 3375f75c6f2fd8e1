"""What SIP proxies ask: who may log in (`credentials`), what to do with a call (`routing`), and what they tell us (`events`).

The contract is plain HTTP with JSON answers below `/proxy/v1` and names no proxy; how a certain proxy carries it out lies
in `deploy/`. Every answer is made from memory: nothing here waits for the store or for anybody else, except where a
callflow itself says so (`ask`, `setting`).
"""
