"""Notifiers: ways to reach people and systems."""
