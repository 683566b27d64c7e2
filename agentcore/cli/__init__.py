"""The console script ``agentcore``: one file a command.

What belongs here reads arguments and shows what the other packages do. It may import every other
package of agentcore but ``testing``, and no other package imports it. It needs the extra ``data``.
"""
