"""
Who runs what: masters prove that they live, share the sources, and take over from one that does not.

The protocol is told in prose in docs/explanation/life-of-a-claim.md, its rules in docs/explanation/claiming.md. What
decides is pure (`plan`, `shares`, `windows`); `membership` performs it step by step, `engine` on threads, and
`joining` is for who wants a claim by name and nothing else. Not promised: that a process which was stopped does
nothing when it wakes. What must be safe from that is fenced by the token.
"""
