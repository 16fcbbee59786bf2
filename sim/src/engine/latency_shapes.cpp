#include "engine/latency_shapes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "engine/choice_hash.hpp"
#include "engine/distributions.hpp"

namespace norn::sim {
namespace {

constexpr std::size_t kPartsOfHalving = 16;
constexpr std::size_t kHalvings = 25;

// kNormalTail[16 k + d] is the x, in units of 2^-28, that a standard normal number exceeds with the
// probability 2^-(k+1) (1 - d / 32).
constexpr std::array<std::uint32_t, kHalvings * kPartsOfHalving + 1> kNormalTail = {
    0x00000000U, 0x00a0771aU, 0x01412d60U, 0x01e262aaU, 0x02845835U, 0x0327515fU, 0x03cb9470U,
    0x04716b88U, 0x05192597U, 0x05c31790U, 0x066f9dc4U, 0x071f1d89U, 0x07d20737U, 0x0888d89eU,
    0x09442016U, 0x0a048066U, 0x0acab5c4U, 0x0b3043b0U, 0x0b979c65U, 0x0c00e1d6U, 0x0c6c393aU,
    0x0cd9cb7aU, 0x0d49c5c6U, 0x0dbc5a37U, 0x0e31c097U, 0x0eaa3753U, 0x0f2604a0U, 0x0fa577e5U,
    0x1028eb74U, 0x10b0c6b8U, 0x113d80f7U, 0x11cfa4cdU, 0x1267d4c0U, 0x12b66c05U, 0x1306d133U,
    0x1359224eU, 0x13ad8061U, 0x14040fe4U, 0x145cf940U, 0x14b8696aU, 0x15169298U, 0x1577ad20U,
    0x15dbf888U, 0x1643bcd0U, 0x16af4c0dU, 0x171f046dU, 0x179352bdU, 0x180cb5acU, 0x188bc1fcU,
    0x18cd9d82U, 0x1911280dU, 0x19567d2eU, 0x199dbb43U, 0x19e703d6U, 0x1a327c1aU, 0x1a804d74U,
    0x1ad0a62cU, 0x1b23ba36U, 0x1b79c431U, 0x1bd3069bU, 0x1c2fcd50U, 0x1c906f67U, 0x1cf55190U,
    0x1d5ee91eU, 0x1dcdbfeeU, 0x1e075500U, 0x1e427997U, 0x1e7f474bU, 0x1ebdda4fU, 0x1efe51cfU,
    0x1f40d05cU, 0x1f857c78U, 0x1fcc812fU, 0x20160edeU, 0x20625c1cU, 0x20b1a6dcU, 0x210435d4U,
    0x215a5a3eU, 0x21b4720fU, 0x2212ead1U, 0x22764550U, 0x22a9f5e4U, 0x22df1a77U, 0x2315cafaU,
    0x234e21d0U, 0x23883c29U, 0x23c43a63U, 0x24024091U, 0x2442770bU, 0x24850b29U, 0x24ca301fU,
    0x2512200cU, 0x255d1d52U, 0x25ab7438U, 0x25fd7d05U, 0x26539eb1U, 0x26ae525dU, 0x26dd8edfU,
    0x270e27edU, 0x27403414U, 0x2773cc2fU, 0x27a90bbaU, 0x27e01139U, 0x2818feadU, 0x2853fa22U,
    0x28912e5eU, 0x28d0cbb1U, 0x291308fbU, 0x295824eaU, 0x29a0678eU, 0x29ec2455U, 0x2a3bbc97U,
    0x2a8fa2e8U, 0x2abb5ce5U, 0x2ae85f70U, 0x2b16bfe3U, 0x2b4695c8U, 0x2b77fb28U, 0x2bab0ceeU,
    0x2bdfeb53U, 0x2c16ba6aU, 0x2c4fa2c3U, 0x2c8ad233U, 0x2cc87cc9U, 0x2d08de06U, 0x2d4c3a55U,
    0x2d92e0f4U, 0x2ddd2e62U, 0x2e2b8f84U, 0x2e546efcU, 0x2e7e85d2U, 0x2ea9e854U, 0x2ed6ace9U,
    0x2f04ec59U, 0x2f34c22aU, 0x2f664d0bU, 0x2f99af56U, 0x2fcf0fafU, 0x300699c2U, 0x30407f2eU,
    0x307cf8acU, 0x30bc477bU, 0x30feb730U, 0x3144a00eU, 0x318e6a05U, 0x31b4e925U, 0x31dc90b3U,
    0x32057418U, 0x322fa8b9U, 0x325b4644U, 0x32886707U, 0x32b72857U, 0x32e7ab0cU, 0x331a141bU,
    0x334e8d47U, 0x3385460bU, 0x33be74afU, 0x33fa57a5U, 0x3439374dU, 0x347b682aU, 0x34c14dcfU,
    0x34e5c893U, 0x350b5eaeU, 0x353222bbU, 0x355a293dU, 0x358388e7U, 0x35ae5af6U, 0x35dabb89U,
    0x3608ca25U, 0x3638aa3eU, 0x366a83e9U, 0x369e84baU, 0x36d4e0ccU, 0x370dd418U, 0x3749a421U,
    0x3788a218U, 0x37cb2dacU, 0x37edeb4fU, 0x3811b8b5U, 0x3836a7c0U, 0x385ccc2aU, 0x38843bc8U,
    0x38ad0edfU, 0x38d7607fU, 0x39034efaU, 0x3930fc6eU, 0x39608f70U, 0x399233dfU, 0x39c61be7U,
    0x39fc8147U, 0x3a35a6f4U, 0x3a71db26U, 0x3ab17a0cU, 0x3ad2b300U, 0x3af4f161U, 0x3b18466fU,
    0x3b3cc52cU, 0x3b6282a8U, 0x3b899649U, 0x3bb21a2bU, 0x3bdc2b8bU, 0x3c07eb55U, 0x3c357ec4U,
    0x3c65102dU, 0x3c96cffdU, 0x3ccaf5f6U, 0x3d01c2baU, 0x3d3b81d4U, 0x3d788c4fU, 0x3d986e2aU,
    0x3db94c2bU, 0x3ddb36faU, 0x3dfe40f9U, 0x3e227e81U, 0x3e480631U, 0x3e6ef146U, 0x3e975c06U,
    0x3ec16645U, 0x3eed3404U, 0x3f1aee36U, 0x3f4ac3b3U, 0x3f7cea6aU, 0x3fb1a0e9U, 0x3fe9304aU,
    0x4023eebbU, 0x40429eebU, 0x406242dcU, 0x4082eaafU, 0x40a4a831U, 0x40c78f17U, 0x40ebb54bU,
    0x4111333dU, 0x41382453U, 0x4160a763U, 0x418adf51U, 0x41b6f3caU, 0x41e51238U, 0x42156ee1U,
    0x4248466aU, 0x427ddfb3U, 0x42b68e53U, 0x42d42c01U, 0x42f2b5ceU, 0x43123b5fU, 0x4332cdf9U,
    0x435480bbU, 0x437768e6U, 0x439b9e35U, 0x43c13b3eU, 0x43e85dedU, 0x44112823U, 0x443bc063U,
    0x446852c4U, 0x4497120bU, 0x44c8391bU, 0x44fc0cccU, 0x4532de4fU, 0x454f83c0U, 0x456d0e54U,
    0x458b8d3fU, 0x45ab1149U, 0x45cbad08U, 0x45ed7524U, 0x461080adU, 0x4634e97aU, 0x465acca5U,
    0x46824b1cU, 0x46ab8a52U, 0x46d6b527U, 0x4703fcfbU, 0x47339b14U, 0x4765d26aU, 0x479af1faU,
    0x47b6b58dU, 0x47d357d9U, 0x47f0e7a9U, 0x480f7551U, 0x482f12e9U, 0x484fd48cU, 0x4871d0aeU,
    0x48952075U, 0x48b9e036U, 0x48e03001U, 0x4908344fU, 0x493216dfU, 0x495e07c6U, 0x498c3ecfU,
    0x49bcfd35U, 0x49f08febU, 0x4a0b84dcU, 0x4a27529bU, 0x4a440792U, 0x4a61b3aaU, 0x4a806886U,
    0x4aa039beU, 0x4ac13d34U, 0x4ae38b6cU, 0x4b074005U, 0x4b2c7a40U, 0x4b535daeU, 0x4b7c1301U,
    0x4ba6c91eU, 0x4bd3b66eU, 0x4c031a90U, 0x4c354093U, 0x4c4f7790U, 0x4c6a81e0U, 0x4c866d92U,
    0x4ca34a2eU, 0x4cc128e6U, 0x4ce01cdcU, 0x4d003b68U, 0x4d219c79U, 0x4d445b04U, 0x4d68958aU,
    0x4d8e6ec1U, 0x4db60e66U, 0x4ddfa241U, 0x4e0b5f6fU, 0x4e398411U, 0x4e6a5972U, 0x4e83e10fU,
    0x4e9e36e5U, 0x4eb968b2U, 0x4ed5859eU, 0x4ef29e78U, 0x4f10c5f0U, 0x4f3010dfU, 0x4f5096a9U,
    0x4f7271a2U, 0x4f95bf9aU, 0x4fbaa27dU, 0x4fe1411fU, 0x5009c83eU, 0x50346bc4U, 0x5061686bU,
    0x509105daU, 0x50a9eae7U, 0x50c3996eU, 0x50de1edaU, 0x50f98a02U, 0x5115eb52U, 0x51335511U,
    0x5151dba3U, 0x517195e6U, 0x51929d9dU, 0x51b50feeU, 0x51d90e07U, 0x51febde6U, 0x52264b4dU,
    0x524fe908U, 0x527bd281U, 0x52aa4dd2U, 0x52c29ba8U, 0x52dbae85U, 0x52f5938cU, 0x53105942U,
    0x532c0fbaU, 0x5348c8d7U, 0x5366988fU, 0x53859546U, 0x53a5d830U, 0x53c77ddaU, 0x53eaa6beU,
    0x540f780dU, 0x54361ca2U, 0x545ec63aU, 0x5489af01U, 0x54b71ba1U, 0x54cedc59U, 0x54e75debU,
    0x5500ad37U, 0x551ad874U, 0x5535ef64U, 0x5552038aU, 0x556f2875U, 0x558d7413U, 0x55acff18U,
    0x55cde57bU, 0x55f04711U, 0x56144849U, 0x563a1323U, 0x5661d85cU, 0x568bd0faU, 0x56b84047U,
    0x56cf7ce7U, 0x56e77675U, 0x57003991U, 0x5719d429U, 0x573455b0U, 0x574fcf51U, 0x576c5439U,
    0x5789f9e9U, 0x57a8d899U, 0x57c90bb5U, 0x57eab272U, 0x580df08eU, 0x5832ef37U, 0x5859de3bU,
    0x5882f587U, 0x58ae771bU,
};

// kPowerOfTwo[i] is 2^(i / 256) in units of 2^-30.
constexpr std::array<std::uint32_t, 257> kPowerOfTwo = {
    0x40000000U, 0x402c6be9U, 0x4058f6a8U, 0x4085a051U, 0x40b268faU, 0x40df50b8U, 0x410c57a2U,
    0x41397dccU, 0x4166c34cU, 0x41942839U, 0x41c1aca7U, 0x41ef50aeU, 0x421d1462U, 0x424af7daU,
    0x4278fb2bU, 0x42a71e6cU, 0x42d561b4U, 0x4303c518U, 0x433248aeU, 0x4360ec8dU, 0x438fb0cbU,
    0x43be957fU, 0x43ed9ac0U, 0x441cc0a3U, 0x444c0740U, 0x447b6eadU, 0x44aaf702U, 0x44daa054U,
    0x450a6abbU, 0x453a564dU, 0x456a6323U, 0x459a9152U, 0x45cae0f2U, 0x45fb521aU, 0x462be4e2U,
    0x465c9961U, 0x468d6faeU, 0x46be67e0U, 0x46ef8210U, 0x4720be55U, 0x47521cc6U, 0x47839d7bU,
    0x47b5408cU, 0x47e70611U, 0x4818ee22U, 0x484af8d6U, 0x487d2646U, 0x48af768aU, 0x48e1e9baU,
    0x49147feeU, 0x4947393fU, 0x497a15c4U, 0x49ad1598U, 0x49e038d0U, 0x4a137f88U, 0x4a46e9d6U,
    0x4a7a77d4U, 0x4aae299bU, 0x4ae1ff43U, 0x4b15f8e6U, 0x4b4a169cU, 0x4b7e587eU, 0x4bb2bea5U,
    0x4be7492bU, 0x4c1bf829U, 0x4c50cbb8U, 0x4c85c3f1U, 0x4cbae0efU, 0x4cf022caU, 0x4d25899cU,
    0x4d5b157eU, 0x4d90c68bU, 0x4dc69cddU, 0x4dfc988cU, 0x4e32b9b4U, 0x4e69006eU, 0x4e9f6cd4U,
    0x4ed5ff00U, 0x4f0cb70cU, 0x4f439514U, 0x4f7a9930U, 0x4fb1c37cU, 0x4fe91413U, 0x50208b0eU,
    0x50582888U, 0x508fec9cU, 0x50c7d765U, 0x50ffe8feU, 0x51382182U, 0x5170810bU, 0x51a907b4U,
    0x51e1b59aU, 0x521a8ad7U, 0x52538786U, 0x528cabc3U, 0x52c5f7aaU, 0x52ff6b55U, 0x533906e0U,
    0x5372ca68U, 0x53acb607U, 0x53e6c9daU, 0x542105fdU, 0x545b6a8bU, 0x5495f7a1U, 0x54d0ad5aU,
    0x550b8bd4U, 0x55469329U, 0x5581c378U, 0x55bd1cdbU, 0x55f89f70U, 0x56344b52U, 0x567020a0U,
    0x56ac1f75U, 0x56e847efU, 0x57249a29U, 0x57611642U, 0x579dbc57U, 0x57da8c83U, 0x581786e6U,
    0x5854ab9bU, 0x5891fac1U, 0x58cf7474U, 0x590d18d3U, 0x594ae7fbU, 0x5988e209U, 0x59c7071cU,
    0x5a055751U, 0x5a43d2c6U, 0x5a82799aU, 0x5ac14beaU, 0x5b0049d4U, 0x5b3f7377U, 0x5b7ec8f2U,
    0x5bbe4a61U, 0x5bfdf7e5U, 0x5c3dd19cU, 0x5c7dd7a4U, 0x5cbe0a1cU, 0x5cfe6923U, 0x5d3ef4d7U,
    0x5d7fad59U, 0x5dc092c7U, 0x5e01a53fU, 0x5e42e4e3U, 0x5e8451d0U, 0x5ec5ec26U, 0x5f07b405U,
    0x5f49a98cU, 0x5f8bccdbU, 0x5fce1e12U, 0x60109d51U, 0x60534ab7U, 0x60962665U, 0x60d9307bU,
    0x611c6919U, 0x615fd05eU, 0x61a3666dU, 0x61e72b65U, 0x622b1f66U, 0x626f4292U, 0x62b39509U,
    0x62f816ebU, 0x633cc85bU, 0x6381a978U, 0x63c6ba64U, 0x640bfb41U, 0x64516c2eU, 0x64970d4fU,
    0x64dcdec3U, 0x6522e0adU, 0x6569132fU, 0x65af766aU, 0x65f60a7fU, 0x663ccf92U, 0x6683c5c3U,
    0x66caed35U, 0x6712460bU, 0x6759d065U, 0x67a18c68U, 0x67e97a34U, 0x683199edU, 0x6879ebb6U,
    0x68c26fb1U, 0x690b2601U, 0x69540ec9U, 0x699d2a2cU, 0x69e6784dU, 0x6a2ff94fU, 0x6a79ad56U,
    0x6ac39485U, 0x6b0daeffU, 0x6b57fce9U, 0x6ba27e65U, 0x6bed3399U, 0x6c381ca6U, 0x6c8339b2U,
    0x6cce8ae1U, 0x6d1a1057U, 0x6d65ca38U, 0x6db1b8a8U, 0x6dfddbccU, 0x6e4a33c9U, 0x6e96c0c3U,
    0x6ee382deU, 0x6f307a41U, 0x6f7da710U, 0x6fcb096fU, 0x7018a185U, 0x70666f76U, 0x70b47368U,
    0x7102ad80U, 0x71511de4U, 0x719fc4b9U, 0x71eea226U, 0x723db650U, 0x728d015dU, 0x72dc8374U,
    0x732c3cbaU, 0x737c2d55U, 0x73cc556dU, 0x741cb528U, 0x746d4cacU, 0x74be1c20U, 0x750f23abU,
    0x75606374U, 0x75b1dba2U, 0x76038c5bU, 0x765575c8U, 0x76a7980fU, 0x76f9f359U, 0x774c87ccU,
    0x779f5590U, 0x77f25cceU, 0x78459dacU, 0x78991854U, 0x78ecccecU, 0x7940bb9eU, 0x7994e492U,
    0x79e947efU, 0x7a3de5dfU, 0x7a92be8bU, 0x7ae7d21aU, 0x7b3d20b6U, 0x7b92aa88U, 0x7be86fbaU,
    0x7c3e7073U, 0x7c94acdeU, 0x7ceb2523U, 0x7d41d96eU, 0x7d98c9e6U, 0x7deff6b6U, 0x7e476009U,
    0x7e9f0606U, 0x7ef6e8daU, 0x7f4f08aeU, 0x7fa765adU, 0x80000000U,
};

constexpr std::uint64_t kLog2OfE = 1549082005;  // in units of 2^-30
constexpr std::int64_t kMostTime = std::int64_t{1} << 60;

// value * 2^x, with x in units of 2^-28.
std::int64_t scaled(std::int64_t value, std::int64_t x) {
  __extension__ using Wide = unsigned __int128;
  constexpr int bits = 28;
  constexpr int part_bits = 20;  // of the table's 256 parts, 8 bits
  const std::int64_t whole = x >> bits;
  const auto fraction = static_cast<std::uint64_t>(x - (whole << bits));
  const auto part = static_cast<std::size_t>(fraction >> part_bits);
  const std::uint64_t within = fraction & ((1U << part_bits) - 1);
  const std::uint64_t begin = kPowerOfTwo[part];
  const std::uint64_t factor = begin + ((kPowerOfTwo[part + 1] - begin) * within >> part_bits);
  const Wide product = Wide{static_cast<std::uint64_t>(value)} * factor;  // below 2^91
  constexpr std::int64_t most_shift = 30;
  const std::int64_t shift = 30 - whole;
  if (shift > 90) return 0;
  if (shift < -most_shift) return product == 0 ? 0 : kMostTime;
  const Wide result = shift >= 0 ? product >> shift : product << -shift;
  return static_cast<std::int64_t>(std::min(result, Wide{static_cast<std::uint64_t>(kMostTime)}));
}

}  // namespace

// From the top: one bit is the sign, 24 give the halving as their trailing zeros, 4 the part of it,
// 20 a point on the chord. The last 15 are not used.
std::int64_t normal(std::uint64_t draw) {
  const bool negative = (draw >> 63U) != 0;
  const auto zeros =
      static_cast<std::size_t>(std::countr_zero((draw >> 39U & 0xffffffU) | 1U << 24U));
  const auto part = static_cast<std::size_t>(draw >> 35U & 0xfU);
  const std::uint64_t within = draw >> 15U & 0xfffffU;
  const std::size_t place = zeros * kPartsOfHalving + part;
  const std::uint64_t begin = kNormalTail[place];
  // The last halving has no end of its own: its points are as good as any.
  const std::uint64_t end = kNormalTail[std::min(place + 1, kNormalTail.size() - 1)];
  const auto x = static_cast<std::int64_t>(begin + ((end - begin) * within >> 20U));
  return negative ? -x : x;
}

std::int64_t log_normal(std::uint64_t draw, std::int64_t median, Ratio sigma) {
  __extension__ using Wide = __int128;
  const Wide times = Wide{normal(draw)} * sigma.times / sigma.out_of;
  const Wide x = times * static_cast<std::int64_t>(kLog2OfE) >> 30;
  constexpr Wide most = Wide{100} << 28;
  return scaled(median, static_cast<std::int64_t>(std::clamp(x, -most, most)));
}

namespace {

std::int64_t spread_of(const Latency& latency) {
  return std::max<std::int64_t>(0, (latency.usual - latency.min).count());
}

Duration between_quantiles(std::uint64_t draw, const std::vector<Duration>& quantiles) {
  if (quantiles.size() < 2) return quantiles.empty() ? Duration() : quantiles.front();
  const Split place = split(draw, quantiles.size() - 1);
  const std::int64_t begin = quantiles[place.number].count();
  const std::int64_t end = quantiles[place.number + 1].count();
  return Duration(between(place.rest, begin, std::max(begin, end)));
}

Duration without_jitter(std::uint64_t draw, const Latency& latency) {
  const Split slow = split(draw, latency.slow.out_of);
  if (slow.number < latency.slow.times && latency.usual < latency.slow_max)
    return between(slow.rest, latency.usual, latency.slow_max);
  const std::int64_t spread = spread_of(latency);
  switch (latency.shape) {
    case LatencyShape::constant:
      return latency.usual;
    case LatencyShape::uniform:
      return latency.min + Duration(between(slow.rest, 0, 2 * spread));
    case LatencyShape::exponential:
      return latency.min + Duration(exponential(slow.rest, spread));
    case LatencyShape::log_normal:
      return latency.min + Duration(log_normal(slow.rest, spread, latency.sigma));
    case LatencyShape::bimodal: {
      const Split far = split(slow.rest, latency.far.out_of);
      const bool is_far = far.number < latency.far.times;
      const Duration mean = is_far ? latency.far_usual - latency.min : Duration(spread);
      return latency.min + exponential(far.rest, std::max(mean, Duration()));
    }
    case LatencyShape::quantiles:
      return between_quantiles(slow.rest, latency.quantiles);
  }
  return latency.usual;
}

}  // namespace

Duration shaped_latency(std::uint64_t draw, const Latency& latency) {
  constexpr std::uint64_t jitter_key = 0x6a69747465720001U;  // bits of its own
  const Duration time = without_jitter(draw, latency);
  if (latency.jitter <= Duration::zero()) return time;
  return time + between(mix(draw, jitter_key), Duration(), latency.jitter);
}

}  // namespace norn::sim
