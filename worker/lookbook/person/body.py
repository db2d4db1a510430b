"""Body: the joints and measures of a person in a pose, before anything is drawn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from worker.lookbook.outline import Point, Points, between, point, spline

ArmPose = Literal["down", "hip", "pocket", "bent", "carry"]
SIDES = (0, 1)
"""Index of the picture's left and right side in every pair below."""

SIGN = (-1.0, 1.0)
"""Direction of a side on the x axis."""


@dataclass(frozen=True, slots=True)
class Limb:
    """An arm or a leg: three joints from the body outwards."""

    start: Point
    middle: Point
    end: Point

    def at(self, share: float) -> Point:
        """The point at that share (0..1) of the limb; the middle joint lies at 0.5."""
        if share <= 0.5:
            return between(self.start, self.middle, share * 2)
        return between(self.middle, self.end, share * 2 - 1)

    def until(self, share: float) -> list[Point]:
        """The limb's points from its start down to that share, for a sleeve or trouser leg."""
        stops = [s for s in (0.0, 0.25, 0.5, 0.75, 1.0) if s < share - 0.04]
        return [self.at(s) for s in (*stops, share)]


@dataclass(frozen=True, slots=True)
class Body:
    """A posed person. Points are picture coordinates in pixels, widths are in heads.

    `unit` is the size of a head in pixels, `yaw` -1..1 how far the person turns to a side,
    `feminine` 0..1 and `build` about 0.9..1.25 shape the outline.
    """

    unit: float
    yaw: float
    feminine: float
    build: float
    head: Point
    neck: Point
    chest: Point
    waist: Point
    pelvis: Point
    shoulders: tuple[Point, Point]
    arms: tuple[Limb, Limb]
    arm_poses: tuple[ArmPose, ArmPose]
    legs: tuple[Limb, Limb]
    tilt: float

    def px(self, heads: float) -> float:
        """A length in heads as pixels."""
        return heads * self.unit

    @property
    def narrow(self) -> float:
        """How much of its width a body shows that is turned by `yaw`."""
        return 1.0 - 0.2 * abs(self.yaw)

    def half(self, place: Literal["chest", "waist", "hip"]) -> float:
        """Half the body's width there, in heads."""
        f = self.feminine
        plain = {"chest": 0.74 - 0.11 * f, "waist": 0.67 - 0.15 * f, "hip": 0.69 + 0.04 * f}
        return plain[place] * self.build * self.narrow

    def flank(self, side: int, ease: float = 0.0) -> list[Point]:
        """Points down one side: shoulder tip, chest, waist, hip; `ease` heads further out."""
        sign = SIGN[side]
        across = np.array([np.cos(self.tilt), np.sin(self.tilt)])
        tip = self.shoulders[side] + point(sign * self.px(0.04), -self.px(0.155 + ease * 0.7))
        chest = self.chest + sign * across * self.px(self.half("chest") + ease)
        waist = self.waist + sign * across * self.px(self.half("waist") + ease * 1.25)
        hip = self.pelvis + sign * across * self.px(self.half("hip") + ease)
        return [tip, chest, waist, hip]

    def down(self, share: float) -> Point:
        """The middle of the body at a share: 0 waist, 1 crotch, 2 knees, 3 ankles."""
        knees = between(self.legs[0].middle, self.legs[1].middle, 0.5)
        ankles = between(self.legs[0].end, self.legs[1].end, 0.5)
        crotch = self.pelvis + point(0, self.px(0.38))
        stops = [self.waist, crotch, knees, ankles]
        whole = min(int(share), 2)
        return between(stops[whole], stops[whole + 1], share - whole)

    def neckline(self, depth: float, width: float) -> Points:
        """The edge of a collar from the left to the right, `depth` and `width` in heads."""
        left = self.neck + point(-self.px(width), -self.px(0.02))
        right = self.neck + point(self.px(width), -self.px(0.02))
        low = self.neck + point(self.px(0.06) * self.yaw, self.px(depth))
        return spline(
            [
                left,
                low + point(-self.px(width * 0.5), -self.px(depth * 0.18)),
                low,
                low + point(self.px(width * 0.5), -self.px(depth * 0.18)),
                right,
            ]
        )


def _arm(
    shoulder: Point,
    side: int,
    pose: ArmPose,
    rng: np.random.Generator,
    *,
    px: float,
    hip: Point,
) -> Limb:
    """The arm in its pose; `px` pixels a head, `hip` the outermost point of that hip."""
    sign = SIGN[side]
    upper, lower = 1.24 * px, 1.1 * px
    if pose in ("hip", "pocket"):
        inward = 0.02 if pose == "hip" else -0.06
        wrist = hip + point(-sign * px * inward, px * (-0.12 if pose == "hip" else 0.02))
        reach = wrist - shoulder
        length = min(float(np.linalg.norm(reach)), (upper + lower) * 0.985)
        along = reach / max(float(np.linalg.norm(reach)), 1e-6)
        near = (upper**2 - lower**2 + length**2) / (2 * length)
        out = max(upper**2 - near**2, 0.0) ** 0.5
        normal = np.array([-along[1], along[0]]) * -sign
        return Limb(shoulder, shoulder + along * near + normal * out, wrist)
    if pose == "bent":
        lean, turn = rng.uniform(0.02, 0.18), rng.uniform(-2.1, -0.9)
        lower *= rng.uniform(0.72, 0.95)
    elif pose == "carry":
        lean, turn = rng.uniform(0.10, 0.2), rng.uniform(-0.25, 0.0)
    else:
        lean, turn = rng.uniform(0.08, 0.2), rng.uniform(-0.2, 0.02)
    elbow = shoulder + point(sign * np.sin(lean), np.cos(lean)) * upper
    fore = lean + turn
    return Limb(shoulder, elbow, elbow + point(sign * np.sin(fore), np.cos(fore)) * lower)


def _arms(
    rng: np.random.Generator,
    shoulders: tuple[Point, Point],
    hip_tips: tuple[Point, Point],
    px: float,
) -> tuple[tuple[ArmPose, ArmPose], tuple[Limb, Limb]]:
    """Both arms and their poses; `px` pixels a head."""
    chances = [0.5, 0.13, 0.14, 0.13, 0.10]
    names: list[ArmPose] = ["down", "hip", "pocket", "bent", "carry"]
    poses: list[ArmPose] = [names[int(rng.choice(5, p=chances))] for _ in SIDES]
    arms = [_arm(shoulders[s], s, poses[s], rng, px=px, hip=hip_tips[s]) for s in SIDES]
    return (poses[0], poses[1]), (arms[0], arms[1])


def _legs(
    hips: tuple[Point, Point], ground: float, px: float, tall: float, rng: np.random.Generator
) -> tuple[Limb, Limb]:
    """Both legs in a stance: relaxed, at attention, striding or crossed."""
    stance = rng.choice(["relaxed", "together", "stride", "crossed"], p=[0.42, 0.2, 0.28, 0.1])
    free = int(rng.integers(2))
    middle = (hips[0][0] + hips[1][0]) / 2
    sole = 0.26 * px
    legs: list[Limb] = []
    for side in SIDES:
        sign = SIGN[side]
        is_free = side == free
        bend = rng.uniform(0.0, 0.05) + (0.06 if is_free else 0.0)
        away, lift = rng.uniform(0.2, 0.3), 0.0
        if stance == "relaxed":
            away += 0.2 * is_free
        elif stance == "stride":
            away, lift = (rng.uniform(0.1, 0.22), 0.24) if is_free else (0.14, 0.0)
        elif stance == "crossed":
            away = -0.16 if is_free else 0.14
        ankle = point(middle + sign * away * px, ground - sole - lift * px)
        knee = between(hips[side], ankle, 0.50) + point(sign * bend * px, -0.02 * px * tall)
        legs.append(Limb(hips[side], knee, ankle))
    return legs[0], legs[1]


def _stand(rng: np.random.Generator, height: int, plain: bool) -> tuple[float, float, float]:
    """How many heads tall, how much of the picture's height, and where the ground is, in pixels."""
    heads = rng.uniform(7.1, 8.0)
    share = rng.uniform(0.82, 0.93)
    ground = height * rng.uniform(0.955, 0.985)
    if not plain and rng.random() < 0.14:
        share *= rng.uniform(1.3, 1.6)
        ground = height * 0.045 + share * height
    return heads, share, ground


def pose(rng: np.random.Generator, size_hw: tuple[int, int], plain: bool = False) -> Body:
    """A person standing in the picture: proportions, stance and arms drawn from `rng`.

    `plain` keeps the whole figure in sight; otherwise one in seven is cut at the thighs.
    """
    height, width = size_hw
    heads, share, ground = _stand(rng, height, plain)
    unit = min(share * height / heads, width / 3.1)
    tall = heads / 7.5
    feminine = float(np.clip(rng.beta(0.7, 0.6), 0, 1))
    build = float(np.clip(rng.normal(1.0, 0.08), 0.88, 1.25))
    yaw = float(np.clip(rng.normal(0, 0.45), -1, 1))
    lean, tilt = rng.normal(0, 0.06), rng.normal(0, 0.05)
    x = width * 0.5 + rng.normal(0, 0.02) * width

    def at(dx: float, dy: float) -> Point:
        return point(x + dx * unit, ground - dy * tall * unit)

    pelvis, waist = at(0, 4.05), at(lean * 0.5, 4.72)
    chest, neck = at(lean * 0.9, 5.42), at(lean + 0.03 * yaw, 6.14)
    head = at(lean * 1.1 + 0.12 * yaw + rng.normal(0, 0.03), 6.88)
    narrow = 1.0 - 0.2 * abs(yaw)
    reach = (0.76 - 0.12 * feminine) * build * narrow
    shoulders = tuple(
        point(neck[0] + s * reach * unit, neck[1] + 0.34 * unit - s * tilt * 0.9 * unit)
        for s in SIGN
    )
    hip_half = (0.69 + 0.04 * feminine) * build * narrow
    hips = tuple(
        point(pelvis[0] + s * 0.36 * build * narrow * unit, pelvis[1] + s * tilt * 0.5 * unit)
        for s in SIGN
    )
    hip_tips = tuple(
        point(pelvis[0] + s * (hip_half + 0.06) * unit, pelvis[1] - 0.1 * unit) for s in SIGN
    )
    poses, arms = _arms(rng, (shoulders[0], shoulders[1]), (hip_tips[0], hip_tips[1]), tall * unit)
    return Body(
        unit=unit, yaw=yaw, feminine=feminine, build=build, head=head, neck=neck, chest=chest,
        waist=waist, pelvis=pelvis, shoulders=(shoulders[0], shoulders[1]),
        arms=arms, arm_poses=poses,
        legs=_legs((hips[0], hips[1]), ground, unit, tall, rng), tilt=tilt,
    )  # fmt: skip
