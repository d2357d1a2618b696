"""Attention and transformer layers."""

import numpy as np
import torch
from moduledb.table import Use, Weight, counterpart, leave

import graphnn as gn

ACTIVATIONS = {"relu": gn.ReLU, "gelu": gn.GELU}


def transposed_part(number):
    """Take what belongs to query, key or value out of the joined weight."""
    return lambda array: np.split(array, 3)[number].T


def bias_part(number):
    return lambda array: np.split(array, 3)[number]


def dense_weights(layer, linear):
    yield Weight(layer.weight, linear.weight, np.transpose)
    if layer.bias is not None:
        yield Weight(layer.bias, linear.bias)


def attention_weights(layer, module):
    parts = (layer.query, layer.key, layer.value)
    for number, part in enumerate(parts):
        yield Weight(part.weight, module.in_proj_weight, transposed_part(number))
        if part.bias is not None:
            yield Weight(part.bias, module.in_proj_bias, bias_part(number))
    yield from dense_weights(layer.projection, module.out_proj)


def norm_weights(layer, module):
    yield Weight(layer.scale, module.weight)
    if module.bias is not None:
        yield Weight(layer.shift, module.bias)


def block_weights(block, module):
    """Pair what is in an encoder's or a decoder's layer."""
    yield from attention_weights(block.attention, module.self_attn)
    norms = [block.attention_norm, block.feed_forward_norm]
    if hasattr(module, "multihead_attn"):
        yield from attention_weights(block.cross_attention, module.multihead_attn)
        norms.insert(1, block.cross_attention_norm)
    for number, norm in enumerate(norms, start=1):
        yield from norm_weights(norm, getattr(module, f"norm{number}"))
    yield from dense_weights(block.feed_forward[0], module.linear1)
    yield from dense_weights(block.feed_forward[-1], module.linear2)


def block_for(kind, module):
    """Make the block for an encoder's or a decoder's layer."""
    name = getattr(module.activation, "__name__", "relu")
    name = type(module.activation).__name__.lower() if name not in ACTIVATIONS else name
    return kind(
        module.self_attn.num_heads,
        hidden=module.linear1.out_features,
        causal=False,
        activation=ACTIVATIONS[name](),
        norm_first=module.norm_first,
        bias=module.linear1.bias is not None,
    )


def allowed(mask):
    """Turn a mask around: in PyTorch's, True hides."""
    if mask is None:
        return None
    return ~mask.numpy() if mask.dtype == torch.bool else mask.detach().numpy()


def both(mask, padding, heads, rows):
    """Make one mask, for (rows, heads, time, time), of that and the keys' padding."""
    mask, padding = allowed(mask), allowed(padding)
    if mask is not None and mask.ndim == 3:
        mask = mask.reshape(rows, heads, *mask.shape[1:])
    if padding is not None:
        padding = np.atleast_2d(padding)[:, np.newaxis, np.newaxis]
        mask = padding if mask is None else mask & padding
    return mask


def leave_blind(*masks):
    """Leave out what a mask lets look nowhere."""
    for mask in masks:
        blind = mask is not None and not mask.any(axis=-1).all()
        leave(blind, "a place that may look nowhere: 0 here, NaN in PyTorch")


def rows_of(module, x):
    """Count the rows of a batch; what is no batch has one."""
    return x.shape[0 if module.batch_first else 1] if x.ndim == 3 else 1


def arranged(call, module, is_batch):
    """Let a call see (rows, time, features), as the module's own arguments are not."""
    first = getattr(module, "batch_first", True)
    axis = 0 if first else 1

    def in_order(*nodes):
        if not is_batch:
            nodes = [np.expand_dims(node, 0) for node in nodes]
        elif axis:
            nodes = [np.swapaxes(node, 0, 1) for node in nodes]
        result = call(*nodes)
        if not is_batch:
            return result[0]
        return np.swapaxes(result, 0, 1) if axis else result

    return in_order


@counterpart("MultiheadAttention")
def multi_head_attention(
    module, query, key, value, key_padding_mask=None, attn_mask=None
):
    leave(module.bias_k is not None, "attention with a learned key for all")
    leave(module.add_zero_attn, "attention with a key of zeros")
    is_batch, rows = query.ndim == 3, rows_of(module, query)
    layer = gn.MultiHeadAttention(
        module.num_heads, bias=module.in_proj_bias is not None
    )
    mask = both(attn_mask, key_padding_mask, module.num_heads, rows)
    leave_blind(mask)

    def call(query, key, value):
        return layer(query, key, value, mask=mask)

    return Use(
        arranged(call, module, is_batch),
        [query, key, value],
        lambda: list(attention_weights(layer, module)),
        only=1,
    )


@counterpart("TransformerEncoderLayer", "TransformerEncoder")
def encoder(module, x, src_key_padding_mask=None, src_mask=None, mask=None):
    layers = list(module.layers) if hasattr(module, "layers") else [module]
    blocks = [block_for(gn.TransformerBlock, layer) for layer in layers]
    one = layers[0].self_attn
    is_batch, rows = x.ndim == 3, rows_of(one, x)
    hidden = mask if src_mask is None else src_mask
    seen = both(hidden, src_key_padding_mask, one.num_heads, rows)
    leave_blind(seen)

    def call(x):
        for block in blocks:
            x = block(x, mask=seen)
        return x

    def weights():
        return [
            w for b, m in zip(blocks, layers, strict=True) for w in block_weights(b, m)
        ]

    return Use(arranged(call, one, is_batch), [x], weights)


@counterpart("TransformerDecoderLayer")
def decoder(
    module,
    x,
    memory,
    tgt_mask=None,
    memory_mask=None,
    tgt_key_padding_mask=None,
    memory_key_padding_mask=None,
):
    block = block_for(gn.TransformerDecoderBlock, module)
    one = module.self_attn
    is_batch, rows = x.ndim == 3, rows_of(one, x)
    own = both(tgt_mask, tgt_key_padding_mask, one.num_heads, rows)
    other = both(memory_mask, memory_key_padding_mask, one.num_heads, rows)
    leave_blind(own, other)

    def call(x, memory):
        return block(x, memory, mask=own, memory_mask=other)

    return Use(
        arranged(call, one, is_batch),
        [x, memory],
        lambda: list(block_weights(block, module)),
    )


@counterpart("Transformer")
def transformer(
    module,
    source,
    target,
    tgt_mask=None,
    src_mask=None,
    tgt_key_padding_mask=None,
    src_key_padding_mask=None,
):
    """Take encoder and decoder together, each with a norm at its end."""
    encoders, decoders = list(module.encoder.layers), list(module.decoder.layers)
    blocks = [block_for(gn.TransformerBlock, layer) for layer in encoders]
    others = [block_for(gn.TransformerDecoderBlock, layer) for layer in decoders]
    shift = module.encoder.norm.bias is not None
    norms = gn.LayerNorm(shift=shift), gn.LayerNorm(shift=shift)
    one = encoders[0].self_attn
    is_batch, rows = source.ndim == 3, rows_of(one, source)
    seen = both(src_mask, src_key_padding_mask, one.num_heads, rows)
    own = both(tgt_mask, tgt_key_padding_mask, one.num_heads, rows)
    leave_blind(seen, own)

    def call(source, target):
        for block in blocks:
            source = block(source, mask=seen)
        memory = norms[0](source)
        for block in others:
            target = block(target, memory, mask=own)
        return norms[1](target)

    def weights():
        pairs = [
            *zip(blocks, encoders, strict=True),
            *zip(others, decoders, strict=True),
        ]
        found = [w for block, layer in pairs for w in block_weights(block, layer)]
        ends = (module.encoder.norm, module.decoder.norm)
        for norm, theirs in zip(norms, ends, strict=True):
            found += norm_weights(norm, theirs)
        return found

    return Use(arranged(call, one, is_batch), [source, target], weights)
