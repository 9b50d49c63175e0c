"""Usage in our normal form, what it costs at a rate, and the same usage in the library's words."""

from dataclasses import dataclass
from decimal import Decimal

from genai_prices import Usage

from analytics.prices.periods import Rate


@dataclass(frozen=True)
class Tokens:
    """Counts of one call, each token in one of them alone."""

    plain: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    cache_read_audio: int = 0
    input_image: int = 0
    cache_read_image: int = 0
    output: int = 0
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0

    @property
    def all_cache_read(self) -> int:
        return self.cache_read + self.cache_read_audio + self.cache_read_image

    @property
    def all_cache_write(self) -> int:
        return self.cache_write_5m + self.cache_write_1h

    @property
    def all_input(self) -> int:
        fresh = self.plain + self.input_audio + self.input_image
        return fresh + self.all_cache_read + self.all_cache_write

    def usage(self) -> Usage:
        return Usage(
            input_tokens=self.all_input,
            cache_read_tokens=self.all_cache_read,
            cache_write_tokens=self.all_cache_write,
            cache_write_5m_tokens=self.cache_write_5m,
            cache_write_1h_tokens=self.cache_write_1h,
            input_audio_tokens=self.input_audio + self.cache_read_audio,
            cache_audio_read_tokens=self.cache_read_audio,
            input_image_tokens=self.input_image + self.cache_read_image,
            cache_image_read_tokens=self.cache_read_image,
            output_tokens=self.output + self.reasoning + self.output_audio + self.output_image,
            output_reasoning_tokens=self.reasoning,
            output_audio_tokens=self.output_audio,
            output_image_tokens=self.output_image,
        )

    def cost(self, rate: Rate) -> Decimal:
        return (
            self.plain * rate.input
            + self.cache_read * rate.cache_read
            + self.cache_write_5m * rate.cache_write_5m
            + self.cache_write_1h * rate.cache_write_1h
            + self.input_audio * rate.input_audio
            + self.cache_read_audio * rate.cache_read_audio
            + self.input_image * rate.input_image
            + self.cache_read_image * rate.cache_read_image
            + self.output * rate.output
            + self.reasoning * rate.reasoning
            + self.output_audio * rate.output_audio
            + self.output_image * rate.output_image
            + rate.request
        )
