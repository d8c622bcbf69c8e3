"""Which rank a loader is: the data-parallel one of torch.distributed, unless numbers, a mesh or a group name another.

Nothing here imports torch: who uses torch.distributed or accelerate has loaded them, and loaded modules are looked up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._checks import as_integer
from ..errors import InvalidArgument, short_repr
from ..plan import WindowPlan

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup
    from torch.distributed.device_mesh import DeviceMesh

MODEL_PARALLEL = ("tp", "cp", "sp", "pp")
"""Dimensions of a mesh along which ranks share the same windows: tensor, context, sequence and pipeline parallelism."""
ALONE = "torch.distributed.new_subgroups(1)[0]"


class RankLanes:
    """The lanes of a plan that one rank owns.

    It pickles as its numbers: what goes to another process keeps the lanes of the process that made it.

    Args:
        plan: The plan.
        rank, world_size, mesh, process_group: As for `data_parallel_rank`.

    Attributes:
        rank: This process among all that read other windows, from 0.
        world_size: How many of them there are.
        lanes: Its lanes.

    Raises:
        InvalidArgument: One of them is not allowed.
    """

    def __init__(
        self,
        plan: WindowPlan,
        rank: int | None,
        world_size: int | None,
        mesh: DeviceMesh | None,
        process_group: ProcessGroup | None,
    ) -> None:
        self.rank, self.world_size = data_parallel_rank(rank, world_size, mesh=mesh, process_group=process_group)
        self.lanes = plan.rank_lanes(self.rank, self.world_size)
        self._is_early = _distributed() is None

    def check(self) -> None:
        """Check, where an iteration begins, that no process group came with other numbers after the loader was made.

        Raises:
            InvalidArgument: One did: ranks would read each other's windows.
        """
        distributed = _distributed()
        if not self._is_early or distributed is None or is_worker():
            return
        rank, size = distributed.get_rank(), distributed.get_world_size()
        if (self.rank, self.world_size) != (rank, size):
            raise InvalidArgument(
                f"loader must be built after init_process_group, got one that was built before, for rank {self.rank} of "
                f"{self.world_size}, in a group of {size} ranks where it is rank {rank}; build it later, or name the data's "
                "ranks by mesh= or process_group="
            )


def data_parallel_rank(
    rank: int | None = None,
    world_size: int | None = None,
    *,
    mesh: DeviceMesh | None = None,
    process_group: ProcessGroup | None = None,
) -> tuple[int, int]:
    """Return (rank, world_size) of this process among those that read other windows.

    | given | taken |
    |---|---|
    | nothing | those of torch.distributed's default group; 0 of 1 without a group |
    | `mesh` or `process_group` | those of this process in it |
    | `rank` and `world_size` | these; where there is a group, they must be its own |

    Args:
        rank: This process, from 0; None for the default.
        world_size: How many processes there are; None for the default.
        mesh: A torch ``DeviceMesh`` of the data-parallel dimensions, one or several, such as ``mesh["dp"]`` or
            ``mesh["dp_replicate", "dp_shard"]``; several count as one, the last one fastest.
        process_group: A torch ``ProcessGroup`` of the processes that read other windows. One for each process alone is
            ``torch.distributed.new_subgroups(1)[0]``: each reads all.

    Raises:
        InvalidArgument: The numbers are others than those of the group; one is given without the other; there are dimensions
            along which ranks read the same windows and no `mesh`; ``WORLD_SIZE`` is above 1 and there is no process group
            yet; or it is a worker of a DataLoader, which takes its numbers from its parent.

    Example:
        >>> data_parallel_rank()
        (0, 1)
        >>> data_parallel_rank(1, 2)
        (1, 2)
    """
    was_given = not (rank is None and world_size is None)
    if mesh is not None and process_group is not None:
        raise InvalidArgument(
            "mesh must be None with process_group, got both; give the one that knows the ranks of the data"
        )
    if not was_given and is_worker():
        raise InvalidArgument(
            "rank must be given in a worker of a DataLoader, got None; make the loader or sampler in the parent process, or "
            "give rank and world_size from there"
        )
    if mesh is not None:
        own, size, of = *_of_mesh(mesh), "mesh"
    elif process_group is not None:
        own, size, of = *_of_group(process_group), "process_group"
    else:
        distributed = _distributed()
        if distributed is None:
            return _without_group(rank, world_size)
        _refuse_model_parallel()
        own, size, of = distributed.get_rank(), distributed.get_world_size(), "torch.distributed"
    for name, given, wanted in (("world_size", world_size, size), ("rank", rank, own)):
        if given is not None and as_integer(given) != wanted:
            advice = (
                "leave it out"
                if of != "torch.distributed"
                else "leave it out, or name the data's ranks by mesh= or process_group="
            )
            raise InvalidArgument(f"{name} must be {wanted}, that of {of}, got {short_repr(given)}; {advice}")
    return own, size


def num_ranks() -> int:
    """Return the ranks of torch.distributed's default group; 1 without one."""
    distributed = _distributed()
    return 1 if distributed is None else int(distributed.get_world_size())


def _distributed() -> Any:
    """Return torch.distributed where it has a process group, else None."""
    module = sys.modules.get("torch.distributed")
    return module if module is not None and module.is_available() and module.is_initialized() else None


def is_worker() -> bool:
    """Whether this process is a worker of a DataLoader."""
    data = sys.modules.get("torch.utils.data")
    return data is not None and data.get_worker_info() is not None


def _without_group(rank: int | None, world_size: int | None) -> tuple[int, int]:
    """Return what is taken where there is no process group."""
    if rank is None and world_size is None:
        text = os.environ.get("WORLD_SIZE", "1")
        if not (text.isascii() and text.isdigit() and int(text)):
            raise InvalidArgument(
                f"WORLD_SIZE in the environment must be an integer from 1, got {short_repr(text)}; unset it, or give rank and "
                "world_size"
            )
        if int(text) > 1:
            raise InvalidArgument(
                f"loader must be built after init_process_group, got WORLD_SIZE={int(text)} in the environment and no process "
                "group; build it later, or give rank and world_size"
            )
        return 0, 1
    if rank is None and as_integer(world_size) == 1:
        return 0, 1
    for name, given, other in (("rank", rank, "world_size"), ("world_size", world_size, "rank")):
        if given is None:
            raise InvalidArgument(f"{name} must be given with {other}, got None; give both, or none in a process group")
    assert rank is not None, "both were given"
    assert world_size is not None, "both were given"
    return rank, world_size


def _of_mesh(mesh: DeviceMesh) -> tuple[int, int]:
    known = sys.modules.get("torch.distributed.device_mesh")
    if known is None or not isinstance(mesh, known.DeviceMesh):
        raise InvalidArgument(
            f'mesh must be a DeviceMesh of torch or None, got {short_repr(mesh)}; pass such as mesh["dp"]'
        )
    names = mesh.mesh_dim_names or ()
    if not names and len(mesh.shape) > 1:
        raise InvalidArgument(
            f"mesh must have names of its {len(mesh.shape)} dimensions, got none; make it with mesh_dim_names=, and "
            "pass those of the data"
        )
    wrong = [name for name in names if set(name.lower().split("_")) & set(MODEL_PARALLEL)]
    if wrong:
        right = [name for name in names if name not in wrong]
        choose = (
            f"pass mesh[{', '.join(map(repr, right))}]" if right else f"pass process_group={ALONE}, one for each rank"
        )
        raise InvalidArgument(
            f"mesh must have data-parallel dimensions only, got {', '.join(names)}: ranks along {', '.join(wrong)} read the "
            f"same windows; {choose}"
        )
    coordinate = mesh.get_coordinate()
    if coordinate is None:
        raise InvalidArgument("mesh must hold this process, got one of other ranks; pass the mesh in which it is")
    rank = 0
    for index, size in zip(coordinate, mesh.shape, strict=True):
        rank = rank * size + index
    return rank, mesh.size()


def _of_group(group: ProcessGroup) -> tuple[int, int]:
    distributed = _distributed()
    if distributed is None:
        raise InvalidArgument(
            f"process_group must be None before init_process_group, got {short_repr(group)}; build the loader later"
        )
    if group is distributed.GroupMember.NON_GROUP_MEMBER:
        raise InvalidArgument(
            "process_group must hold this process, got one of other ranks; pass the group in which it is"
        )
    if not isinstance(group, distributed.ProcessGroup):
        raise InvalidArgument(
            f"process_group must be a ProcessGroup of torch or None, got {short_repr(group)}; pass what new_group gave"
        )
    return distributed.get_rank(group), distributed.get_world_size(group)


def _refuse_model_parallel() -> None:
    """Refuse the default group where accelerate splits the model over some of its ranks."""
    accelerate = sys.modules.get("accelerate.state")
    state: Mapping[str, object] = {} if accelerate is None else accelerate.AcceleratorState._shared_state
    config = state.get("parallelism_config")
    # tp_size, cp_size and sp_size; accelerate has no pipelines.
    sizes = {name: getattr(config, f"{name}_size", None) or 1 for name in MODEL_PARALLEL}
    split = {name: size for name, size in sizes.items() if size > 1}
    if not split:
        return
    data = (getattr(config, "dp_replicate_size", None) or 1) * (getattr(config, "dp_shard_size", None) or 1)
    choose = 'mesh=accelerator.torch_device_mesh["dp"]' if data > 1 else f"process_group={ALONE}"
    text = ", ".join(f"{name}_size={size}" for name, size in split.items())
    raise InvalidArgument(
        f"mesh must be given where accelerate splits the model ({text}), got None; ranks of one model read the same windows: "
        f"give {choose}"
    )
