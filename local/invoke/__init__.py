"""Calls one handler on this machine, with AWS, Qlik and OpenAI played by stand-ins in process."""
