"""The world's exports around the author's `judge(action, settings)` in `policy.py`."""

import json

import wit_world
from componentize_py_types import Err

import policy

MANIFEST = json.dumps(json.loads(@MANIFEST@))


class WitWorld(wit_world.WitWorld):
    def __init__(self):
        self.settings = {}

    def configure(self, settings):
        try:
            self.settings = json.loads(settings)
            prepare = getattr(policy, "configure", None)
            if prepare is not None:
                prepare(self.settings)
        except Exception as error:
            raise Err(str(error) or type(error).__name__)

    def judge(self, action):
        try:
            return policy.judge(action, self.settings)
        except Exception as error:
            raise Err(str(error) or type(error).__name__)

    def describe(self):
        return MANIFEST
