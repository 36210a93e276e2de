// The lexicon of the built-in English subset: one category a line, words separated by spaces, a category may continue
// on further lines. Edit it here; every word must be lower-case, unique in the whole table and of one category.
#include "core/text/english_lexicon.h"

namespace trivium {

const char kEnglishLexicon[] = R"(
name: ada abel adam agnes aida alan alba alec alfie alice alma alvin amos amy andre andy angela anita anna anton
name: aria arlo arne arthur asa astrid audrey ava axel basil bea becky bella ben bernie bert beth betty bianca blake
name: bob bonnie boris brad brenda brian bruno calvin camilla carl carla carmen carol casper cecil cedric celia chad
name: chloe chris cindy clara claude cleo cliff clyde cody cora craig cyrus dahlia damon dana daniel daphne daria
name: dave dean debra della denis derek diana diego dina dolly donna doris doug duncan dylan earl edda eddie edgar
name: edith edna egon elena eli elias elise eliza ella elmer elsa elvira emil emily emma enid eric erin ernest
name: esther ethan eva evan fanny felix fergus fiona flora floyd fran frank freda fritz gail gavin gemma gene george
name: gerda gilda gina glenn gloria greta gus hanna harry heidi helen henry herb hilda homer hugo ian ida igor ilse
name: inga ingrid ira irene isaac ivan jack jacob james jane jared jason jean jenny jerry jesse jill joan jody joel
name: john jonas jordan josie judy julia kai kara karen karl kate kay keith kelly ken kevin kira klaus kurt kyle
name: lana lara lars laura leah lena leo leon leroy lewis lila linda lisa liz lola loren louis lucas lucy luke luna
name: lydia lyle mabel maggie mara marco maria marie marlon martha marvin mary matt maud max maya megan mia miles
name: milo mina miriam moira molly mona morris myra nadia nancy naomi neil nell nick nina noah noel nora norman olga
name: oliver omar orson oscar otis otto owen paco pam paul percy perla pete petra phil phoebe pia polly quinn rachel
name: ralph ramon randy raul rebecca rene rhoda rita rocco roger roland rosa roy ruby rufus russell ruth sally sam
name: sandra sara saul scott sean selma seth sheila simon sofia sonia stan stella steve sue susan sven sylvia tania
name: ted tess thea theo tim tina toby todd tom
relation: friend teacher boss cousin doctor coach partner guide rival mentor neighbour tailor
attribute: red kind warm sad happy brave quiet clever rich young calm proud honest lazy strong gentle polite curious
attribute: funny careful hungry sleepy rude shy
comparative: taller older faster lighter wiser louder heavier braver
operator: blip zorp fenk mulg tarn vosk quil drap hask jomp plex ronk snib twel wumb yarf
digit: 0 1 2 3 4 5 6 7 8 9
function: the of is not if someone then they are than who what yes no unknown . ? , and a has was were he she it his
function: her him but so because when after before in to at with for from on you can go move best whoever reaches
function: cannot wins loses now also still both one some every everyone nobody there near under over into while where
function: why did said had makes way only as about or them an
place: park school market garden kitchen river forest harbour tower library bridge mill hall island cave barn castle
place: valley station field
thing: apple book lamp basket hat letter coin rope kettle drum boat bell candle mirror blanket ladder key box cup map
thing: stone flute shoe ring
animal: dog cat horse bird fish goat fox owl cow mouse
action: found lost bought sold carried painted cleaned opened hid broke mended borrowed saw took made kept brought dropped
travel: walked ran sailed returned hurried wandered went came rode climbed
feeling: smiled laughed cried slept sang waited danced sat shouted rested
deed: helped met called thanked followed visited asked greeted warned trusted
adverb: slowly quickly happily quietly often never always soon again today early late once
adjective: old new small big bright huge golden wooden broken round cold dark long empty white blue green
time: morning evening night day week winter summer autumn
square: alder birch cedar dune elm fern grove heath islet juniper knoll lagoon meadow nook oasis pond
)";

}  // namespace trivium
