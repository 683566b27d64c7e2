"""What agentcore is measured with, and against: see README.md."""
